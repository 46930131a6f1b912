#include "tests/unit/unit.h"
#include "util/digest.h"

/* The first half of what sha256sum says. */
START_TEST(it_is_half_of_sha256) {
  static const struct {
    const char *text, *digest;
  } known[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb924"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223"},
      {"0123456789abcdef0123456789abcdef", NULL},
  };
  struct bo_problem problem = {0};
  char digest[BO_DIGEST_HEX_SIZE];

  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    memset(digest, 'x', sizeof(digest));
    ck_assert(bo_digest_hex(known[i].text, strlen(known[i].text), digest, &problem));
    ck_assert_uint_eq(strlen(digest), 32);
    ck_assert_uint_eq(strspn(digest, "0123456789abcdef"), 32);
    if (known[i].digest != NULL)
      ck_assert_str_eq(digest, known[i].digest);
  }
}
END_TEST

Suite *digest_suite(void) {
  Suite *suite = suite_create("digest");

  UNIT_CASE(suite, "digest", it_is_half_of_sha256);
  return suite;
}
