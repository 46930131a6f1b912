/* Clocks and deadlines. Waiting is measured on a clock that neither jumps nor stops when the machine
 * sleeps (CLOCK_BOOTTIME); dates come from the wall clock. All in milliseconds. */
#ifndef BO_UTIL_CLOCK_H
#define BO_UTIL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t bo_clock_steady_ms(void);
int64_t bo_clock_steady_us(void);
int64_t bo_clock_wall_ms(void);

/* The last moment at which a step of the request in hand may begin. */
struct bo_deadline {
  int64_t end_ms; /* on the steady clock */
};

struct bo_deadline bo_deadline_in(int64_t ms);
int64_t bo_deadline_left_ms(const struct bo_deadline *deadline); /* 0 where it is past */
/* The time a step may take: what is left, at most `cap_ms`; 0 where it is past. */
int64_t bo_deadline_cap_ms(const struct bo_deadline *deadline, int64_t cap_ms);

/* What was waited for one thing, added up. */
struct bo_waits {
  int64_t spent_us;
  int64_t ended_us; /* on the steady clock: when the last wait did; 0: there was none */
};

/* Adds the wait that began then (steady clock) and ends now, and tells how long it was. */
int64_t bo_waits_add(struct bo_waits *waits, int64_t begun_us);
/* What was added since the last call of this. */
struct bo_waits bo_waits_take(struct bo_waits *waits);

/* "2026-11-24T18:30:00.000Z" */
enum { BO_CLOCK_ISO8601_SIZE = 32 };
void bo_clock_iso8601(int64_t wall_ms, char out[BO_CLOCK_ISO8601_SIZE]);

#endif
