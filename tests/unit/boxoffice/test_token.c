#include "boxoffice/office.h"
#include "tests/unit/unit.h"

static bool good(const char *token, size_t length) {
  struct bo_problem problem = {0};
  bool fine = bo_hold_token_check(token, length, &problem);
  ck_assert_int_eq(problem.code, fine ? BO_PROBLEM_NONE : BO_PROBLEM_INVALID_HOLD_TOKEN);
  return fine;
}

START_TEST(it_is_22_to_128_characters_long) {
  char token[130];
  memset(token, 'x', sizeof token);
  ck_assert(!good(token, 0));
  ck_assert(!good(token, 21));
  ck_assert(good("0123456789012345678901", 22));
  token[128] = '\0';
  ck_assert(good(token, 128));
  token[128] = 'x';
  token[129] = '\0';
  ck_assert(!good(token, 129));
}
END_TEST

START_TEST(of_base64url_alone) {
  static const char *const wrong[] = {"0123456789 0123456789 ", "0123456789+0123456789/", "0123456789012345678901=",
                                      "012345678901234567890:", "012345678901234567890\n", "0123456789012345678901\xc3\xa9"};
  ck_assert(good("azAZ09_-azAZ09_-azAZ09", 22));
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) ck_assert(!good(wrong[i], strlen(wrong[i])));
  ck_assert(!good("0123456789012345678901\0002", 24));
}
END_TEST

Suite *token_suite(void) {
  Suite *suite = suite_create("token");
  UNIT_CASE(suite, "token", it_is_22_to_128_characters_long, of_base64url_alone);
  return suite;
}
