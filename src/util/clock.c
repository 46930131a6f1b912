#include "util/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id) {
  struct timespec now = {0};

  /* Fails only for a clock that does not exist; both exist since Linux 2.6.39. */
  (void)clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t bo_clock_steady_us(void) { return read_us(CLOCK_BOOTTIME); }

int64_t bo_clock_steady_ms(void) { return bo_clock_steady_us() / 1000; }

int64_t bo_clock_wall_ms(void) { return read_us(CLOCK_REALTIME) / 1000; }

struct bo_deadline bo_deadline_in(int64_t ms) { return (struct bo_deadline){.end_ms = bo_clock_steady_ms() + ms}; }

int64_t bo_deadline_left_ms(const struct bo_deadline *deadline) {
  int64_t left = deadline->end_ms - bo_clock_steady_ms();

  return left > 0 ? left : 0;
}

int64_t bo_deadline_cap_ms(const struct bo_deadline *deadline, int64_t cap_ms) {
  int64_t left = bo_deadline_left_ms(deadline);

  return left < cap_ms ? left : cap_ms;
}

int64_t bo_waits_add(struct bo_waits *waits, int64_t begun_us) {
  int64_t took;

  waits->ended_us = bo_clock_steady_us();
  took = waits->ended_us - begun_us;
  waits->spent_us += took;
  return took;
}

struct bo_waits bo_waits_take(struct bo_waits *waits) {
  struct bo_waits taken = *waits;

  *waits = (struct bo_waits){0, 0};
  return taken;
}

static char *put_digits(char *to, int value, int digits) {
  for (int i = digits - 1; i >= 0; i--, value /= 10)
    to[i] = (char)('0' + value % 10);
  return to + digits;
}

/* By hand: each answer and each log line has dates, and strftime looks at the locale for every field. */
void bo_clock_iso8601(int64_t wall_ms, char out[BO_CLOCK_ISO8601_SIZE]) {
  int ms = (int)(wall_ms % 1000);
  time_t seconds = (time_t)(wall_ms / 1000);
  struct tm parts;
  char *to = out;

  if (ms < 0) {
    ms += 1000;
    seconds -= 1;
  }
  if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900) {
    out[0] = '\0'; /* no date that ISO 8601 can write in four digits of a year */
    return;
  }
  to = put_digits(to, parts.tm_year + 1900, 4);
  *to++ = '-';
  to = put_digits(to, parts.tm_mon + 1, 2);
  *to++ = '-';
  to = put_digits(to, parts.tm_mday, 2);
  *to++ = 'T';
  to = put_digits(to, parts.tm_hour, 2);
  *to++ = ':';
  to = put_digits(to, parts.tm_min, 2);
  *to++ = ':';
  to = put_digits(to, parts.tm_sec, 2);
  *to++ = '.';
  to = put_digits(to, ms, 3);
  *to++ = 'Z';
  *to = '\0';
}
