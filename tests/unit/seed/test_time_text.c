#include "seed/time_text.h"
#include "tests/unit/unit.h"


START_TEST(times_with_their_zone) {
  static const struct {
    const char *text;
    int64_t ms;
  } good[] = {{"2026-11-24T18:30:00.007Z", 1795545000007}, {"2026-11-24T18:30:00Z", 1795545000000},
              {"2026-11-24T18:30Z", 1795545000000},        {"2026-11-24T19:30:00+01:00", 1795545000000},
              {"2026-11-24T13:00-0530", 1795545000000},    {"2026-11-24T18:30:00.5Z", 1795545000500},
              {"2024-02-29T00:00:00Z", 1709164800000}};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    int64_t ms = 0;
    ck_assert_msg(seed_time_parse(good[i].text, &ms), "%s", good[i].text);
    ck_assert_int_eq(ms, good[i].ms);
  }
}
END_TEST

START_TEST(what_is_no_time) {
  static const char *const bad[] = {"", "tomorrow", "2026-11-24", "2026-11-24T18:30:00", "2026-11-24 18:30:00Z",
                                    "2026-13-01T00:00Z", "2026-02-29T00:00Z", "2026-11-31T00:00Z", "2026-11-24T24:00Z",
                                    "2026-11-24T18:60Z", "2026-11-24T18:30:00.Z", "2026-11-24T18:30:00Zx",
                                    "2026-11-24T18:30:00+1", "26-11-24T18:30Z", "1969-11-24T18:30Z"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    int64_t ms;
    ck_assert_msg(!seed_time_parse(bad[i], &ms), "accepted: %s", bad[i]);
  }
}
END_TEST

Suite *time_text_suite(void) {
  Suite *suite = suite_create("time_text");
  UNIT_CASE(suite, "parse", times_with_their_zone, what_is_no_time);
  return suite;
}
