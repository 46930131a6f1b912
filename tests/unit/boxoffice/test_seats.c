#include "boxoffice/seats.h"
#include "boxoffice/id.h"
#include "tests/unit/unit.h"

static struct bo_problem problem;

static enum bo_problem_code check(const char *const *seats, size_t n_seats) {
  memset(&problem, 0, sizeof problem);
  return bo_seats_check(seats, n_seats, 3, &problem) ? BO_PROBLEM_NONE : problem.code;
}

START_TEST(labels_are_of_few_characters) {
  static const char *const good[] = {"S1", "F 12", "Row-A.7_b", "x", "abcdefghijklmnopqrstuvwxyz012345"};
  static const char *const bad[] = {"", "S,1", "S:1", "S{1}", "S\n", "\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) ck_assert_msg(bo_seat_is_label(good[i], strlen(good[i])), "%s", good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_assert_msg(!bo_seat_is_label(bad[i], strlen(bad[i])), "%s", bad[i]);
  ck_assert(!bo_seat_is_label("S1\0x", 4));
}
END_TEST

START_TEST(a_request_names_some_seats_once) {
  ck_assert_int_eq(check((const char *[]){"S1", "S2", "S3"}, 3), BO_PROBLEM_NONE);
  ck_assert_int_eq(check(NULL, 0), BO_PROBLEM_NO_SEATS);
  ck_assert_int_eq(check((const char *[]){"S1", "S2", "S3", "S4"}, 4), BO_PROBLEM_TOO_MANY_SEATS);
  ck_assert_int_eq(check((const char *[]){"S1", "S2", "S1"}, 3), BO_PROBLEM_DUPLICATE_SEAT);
  ck_assert_uint_eq(problem.n_items, 1);
  ck_assert_str_eq(problem.items[0].name, "S1");
  ck_assert_int_eq(check((const char *[]){"S1", "S,2"}, 2), BO_PROBLEM_UNKNOWN_SEAT);
}
END_TEST

START_TEST(show_ids_are_24_hex_digits_in_either_case) {
  char id[BO_SHOW_ID_LENGTH + 1];
  ck_assert(bo_show_id_parse("0123456789ABCDEFabcdef99", 24, id, &problem));
  ck_assert_str_eq(id, "0123456789abcdefabcdef99");
  static const char *const bad[] = {"", "0123456789abcdefabcdef9", "0123456789abcdefabcdef999", "0123456789abcdefabcdefg9",
                                    "0123456789abcdefabcdef9 "};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ck_assert(!bo_show_id_parse(bad[i], strlen(bad[i]), id, &problem));
    ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
  }
}
END_TEST

Suite *seats_suite(void) {
  Suite *suite = suite_create("seats");
  UNIT_CASE(suite, "seats", labels_are_of_few_characters, a_request_names_some_seats_once,
            show_ids_are_24_hex_digits_in_either_case);
  return suite;
}
