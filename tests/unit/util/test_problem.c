#include "tests/unit/unit.h"
#include "util/log.h"
#include "util/problem.h"

START_TEST(setting_drops_what_was_there) {
  struct bo_problem problem;

  ck_assert(!bo_problem_set(&problem, BO_PROBLEM_SEATS_UNAVAILABLE, "%d seats", 2));
  problem.retry_after_s = 7;
  bo_problem_add(&problem, "S1", "held");
  ck_assert_uint_eq(problem.n_items, 1);
  ck_assert(!bo_problem_set(&problem, BO_PROBLEM_DEADLINE, "late"));
  ck_assert_int_eq(problem.code, BO_PROBLEM_DEADLINE);
  ck_assert_str_eq(problem.detail, "late");
  ck_assert_uint_eq(problem.n_items, 0);
  ck_assert_uint_eq(problem.retry_after_s, 0);
}
END_TEST

START_TEST(details_are_cut_and_items_bounded) {
  struct bo_problem problem;

  bo_problem_set(&problem, BO_PROBLEM_INTERNAL, "%0300d", 1);
  ck_assert_uint_eq(strlen(problem.detail), 255);
  for (int i = 0; i < BO_PROBLEM_ITEMS_MAX + 5; i++)
    bo_problem_add(&problem, "S1", "held");
  ck_assert_uint_eq(problem.n_items, BO_PROBLEM_ITEMS_MAX);
}
END_TEST

START_TEST(columns_are_those_of_the_table) {
#define BO_PROBLEM(NAME, code, status, title, level, retryable)                                                        \
  ck_assert_str_eq(bo_problem_code_text(BO_PROBLEM_##NAME), code);                                                     \
  ck_assert_str_eq(bo_problem_title(BO_PROBLEM_##NAME), title);                                                        \
  ck_assert_int_eq(bo_problem_log_level(BO_PROBLEM_##NAME), BO_LOG_##level);                                           \
  ck_assert_int_eq(bo_problem_retryable(BO_PROBLEM_##NAME), retryable);
#include "util/problem.def"
#undef BO_PROBLEM
}
END_TEST

Suite *problem_suite(void) {
  Suite *suite = suite_create("problem");

  UNIT_CASE(suite, "problem", setting_drops_what_was_there, details_are_cut_and_items_bounded,
            columns_are_those_of_the_table);
  return suite;
}
