#include "tests/unit/unit.h"
#include "util/bounds.h"
#include "util/clock.h"

START_TEST(dates_are_iso8601_with_milliseconds) {
  static const struct {
    int64_t ms;
    const char *text;
  } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
               {1795545000007, "2026-11-24T18:30:00.007Z"},
               {951782400999, "2000-02-29T00:00:00.999Z"},
               {-1, "1969-12-31T23:59:59.999Z"},
               {253402300799999, "9999-12-31T23:59:59.999Z"},
               {253402300800000, ""},
               {INT64_MAX, ""},
               {INT64_MIN, ""}};
  char text[BO_CLOCK_ISO8601_SIZE];

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    bo_clock_iso8601(cases[i].ms, text);
    ck_assert_str_eq(text, cases[i].text);
  }
}
END_TEST

START_TEST(deadlines_end) {
  struct bo_deadline past = {.end_ms = bo_clock_steady_ms() - 1}, far = bo_deadline_in(60000);

  ck_assert_int_eq(bo_deadline_left_ms(&past), 0);
  ck_assert_int_eq(bo_deadline_cap_ms(&past, 500), 0);
  ck_assert_int_gt(bo_deadline_left_ms(&far), 50000);
  ck_assert_int_le(bo_deadline_left_ms(&far), 60000);
  ck_assert_int_eq(bo_deadline_cap_ms(&far, 500), 500);
}
END_TEST

START_TEST(clocks_run_forward) {
  int64_t before = bo_clock_steady_us();

  ck_assert_int_gt(bo_clock_wall_ms(), 1577836800000); /* 2020 */
  ck_assert_int_ge(bo_clock_steady_us(), before);
}
END_TEST

/* The ladder of doc/design.md; its outer rungs are nginx's and systemd's, which tests/lint compares. */
START_TEST(each_bound_leaves_room_for_those_inside_it) {
  ck_assert_int_lt(BO_REDIS_CONNECT_MS, BO_REDIS_COMMAND_MS);
  ck_assert_int_lt(BO_MONGO_CONNECT_MS, BO_MONGO_MAX_TIME_MS);
  ck_assert_int_lt(BO_MONGO_MAX_TIME_MS, BO_MONGO_SOCKET_MS);
  ck_assert_int_le(BO_REQUEST_STEPS_MS + BO_MONGO_SOCKET_MS, BO_REQUEST_TOTAL_MS);
  ck_assert_int_lt(BO_REQUEST_TOTAL_MS, 10000); /* fastcgi_read_timeout */
  ck_assert_int_lt(10000, BO_WORKER_ALARM_S * 1000);
  ck_assert_int_lt(BO_WORKER_ALARM_S, 15); /* TimeoutStopSec */
  ck_assert_int_lt(BO_CONFIRM_NEED_MS, BO_CONFIRM_DEADLINE_MS);
}
END_TEST

Suite *clock_suite(void) {
  Suite *suite = suite_create("clock");

  UNIT_CASE(suite, "clock", dates_are_iso8601_with_milliseconds, deadlines_end, clocks_run_forward,
            each_bound_leaves_room_for_those_inside_it);
  return suite;
}
