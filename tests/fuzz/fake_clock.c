/* Time that passes only where somebody sleeps or asks: the retries of a store take no real time, and a run is the same
 * each time. It takes the place of src/util/clock.c. */
#include <stdint.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"
#include "util/bounds.h"

static int64_t now_us = INT64_C(1800000000000000);

static int fake_clock_gettime(clockid_t id, struct timespec *out) {
  (void)id;
  now_us += fuzz_trouble_now(FUZZ_NO_TIME) ? BO_REQUEST_TOTAL_MS * 1000 : 50;
  *out = (struct timespec){.tv_sec = now_us / 1000000, .tv_nsec = (long)(now_us % 1000000) * 1000};
  return 0;
}

#define clock_gettime fake_clock_gettime
#include "src/util/clock.c"

/* The C library's, for all of this program. */
int nanosleep(const struct timespec *wait, struct timespec *left) {
  (void)left;
  now_us += (int64_t)wait->tv_sec * 1000000 + wait->tv_nsec / 1000 + 1;
  return 0;
}
