#include "boxoffice/office.h"
#include "tests/unit/unit.h"

static bool good(const char *user, size_t length) {
  struct bo_problem problem = {0};
  bool fine = bo_user_check(user, length, &problem);
  ck_assert_int_eq(problem.code, fine ? BO_PROBLEM_NONE : BO_PROBLEM_INVALID_USER);
  return fine;
}

START_TEST(one_to_128_bytes) {
  char user[130];
  memset(user, 'u', sizeof user);
  ck_assert(!good(user, 0));
  ck_assert(good(user, 1));
  ck_assert(good(user, 128));
  ck_assert(!good(user, 129));
}
END_TEST

START_TEST(utf8_without_control_characters) {
  static const char *const fine[] = {"ann", "Zo\xc3\xab", "\xf0\x9f\x8e\xad", "a b:c{d}*?", "\xc2\xa0"};
  static const char *const wrong[] = {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "a\nb", "\x7f", "\xc2\x85", "\x1b[0m"};
  for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) ck_assert_msg(good(fine[i], strlen(fine[i])), "%s", fine[i]);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) ck_assert(!good(wrong[i], strlen(wrong[i])));
  ck_assert(!good("al\0ice", 6));
}
END_TEST

Suite *user_suite(void) {
  Suite *suite = suite_create("user");
  UNIT_CASE(suite, "user", one_to_128_bytes, utf8_without_control_characters);
  return suite;
}
