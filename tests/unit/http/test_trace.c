#include "http/trace.h"
#include "tests/unit/unit.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT "00f067aa0ba902b7"
#define NO_TRACE "00000000000000000000000000000000"
#define NO_PARENT "0000000000000000"

START_TEST(well_formed_ones_are_taken_over) {
  static const char *const good[] = {"00-" TRACE "-" PARENT "-01", "00-" TRACE "-" PARENT "-00", "00-" TRACE "-" PARENT "-ff",
                                     "01-" TRACE "-" PARENT "-01", "cc-" TRACE "-" PARENT "-01-what-comes", "fe-" TRACE "-" PARENT "-01-"};
  struct bo_trace trace;

  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    ck_assert_msg(bo_trace_parse(good[i], &trace), "%s", good[i]);
    ck_assert_str_eq(trace.trace_id, TRACE);
    ck_assert_str_eq(trace.parent_id, PARENT);
  }
}
END_TEST

START_TEST(all_others_count_as_none) {
  static const char *const bad[] = {
      NULL, "", "00", "00-" TRACE, "00-" TRACE "-" PARENT, "00-" TRACE "-" PARENT "-", "00-" TRACE "-" PARENT "-0",
      "00-" TRACE "-" PARENT "-011", "00-" TRACE "-" PARENT "-01-", "00-" TRACE "-" PARENT "-01-more", "00-" TRACE "-" PARENT "-01.",
      "01-" TRACE "-" PARENT "-011", "01-" TRACE "-" PARENT "-01.more", "ff-" TRACE "-" PARENT "-01", "ff-" TRACE "-" PARENT "-01-x",
      "00-" NO_TRACE "-" PARENT "-01", "00-" TRACE "-" NO_PARENT "-01", "0-" TRACE "-" PARENT "-01", "000-" TRACE "-" PARENT "-1",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-" PARENT "-01", "00-" TRACE "-00F067AA0BA902B7-01", "0A-" TRACE "-" PARENT "-01",
      "00-" TRACE "-" PARENT "-0A", "00-" TRACE "0-" PARENT "-01", "00-" TRACE "-" PARENT "0-01", "00_" TRACE "_" PARENT "_01",
      " 00-" TRACE "-" PARENT "-01", "00-" TRACE "-" PARENT "-01 ", "00-" TRACE "-" PARENT "-01\n", ".0-" TRACE "-" PARENT "-01",
      "00-" TRACE "-" PARENT "-01, 00-" TRACE "-" PARENT "-01", "00-.bf92f3577b34da6a3ce929d0e0e473\"-" PARENT "-01"};
  struct bo_trace trace;

  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    ck_assert_msg(!bo_trace_parse(bad[i], &trace), "%s", bad[i]);
    ck_assert_str_eq(trace.trace_id, "");
    ck_assert_str_eq(trace.parent_id, "");
  }
}
END_TEST

Suite *trace_suite(void) {
  Suite *suite = suite_create("trace");

  UNIT_CASE(suite, "trace", well_formed_ones_are_taken_over, all_others_count_as_none);
  return suite;
}
