#include <stdint.h>
#include <stdio.h>

#include "tests/unit/unit.h"
#include "util/buf.h"
#include "util/utf8.h"

START_TEST(appends_grow_it) {
  struct bo_buf buf;

  bo_buf_init(&buf, 0);
  for (int i = 0; i < 10000; i++)
    bo_buf_printf(&buf, "%d,", i % 10);
  ck_assert(!buf.failed);
  ck_assert_uint_eq(buf.length, 20000);
  ck_assert_uint_eq(strlen(buf.data), 20000);
  bo_buf_reset(&buf);
  ck_assert_uint_eq(buf.length, 0);
  bo_buf_append(&buf, "a\0b", 3);
  ck_assert_int_eq(memcmp(buf.data, "a\0b", 4), 0);
  bo_buf_free(&buf);
}
END_TEST

START_TEST(the_limit_is_exact_and_failure_sticks) {
  struct bo_buf buf;

  bo_buf_init(&buf, 4);
  bo_buf_append_text(&buf, "abcd");
  ck_assert(!buf.failed);
  bo_buf_append_text(&buf, "e");
  ck_assert(buf.failed);
  bo_buf_append_text(&buf, "");
  ck_assert(buf.failed);
  ck_assert_str_eq(buf.data, "abcd");
  bo_buf_reset(&buf);
  bo_buf_printf(&buf, "%s", "12345");
  ck_assert(buf.failed);
  bo_buf_reset(&buf);
  ck_assert(!buf.failed);
  ck_assert(!bo_buf_reserve(&buf, SIZE_MAX));
  bo_buf_free(&buf);
}
END_TEST

START_TEST(numbers_are_written_in_full) {
  struct bo_buf buf;

  bo_buf_init(&buf, 0);
  bo_buf_append_number(&buf, 0);
  bo_buf_append_text(&buf, " ");
  bo_buf_append_number(&buf, 10);
  bo_buf_append_text(&buf, " ");
  bo_buf_append_number(&buf, UINT64_MAX);
  ck_assert_str_eq(buf.data, "0 10 18446744073709551615");
  bo_buf_free(&buf);
}
END_TEST

START_TEST(json_text_is_escaped) {
  static const struct {
    const char *text;
    size_t length;
    const char *expected;
  } cases[] = {{"plain", 5, "plain"},       {"a\"b\\c", 5, "a\\\"b\\\\c"}, {"\n\r\t", 3, "\\n\\r\\t"},
               {"a\0b", 3, "a\\u0000b"},    {"\x1f\x7f", 2, "\\u001f\x7f"}, {"\xc3\xa9", 2, "\xc3\xa9"},
               {"\xff x", 3, "\\ufffd x"},  {"\xc3", 1, "\\ufffd"},         {"", 0, ""}};
  struct bo_buf buf;

  bo_buf_init(&buf, 0);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    bo_buf_reset(&buf);
    bo_buf_append_json(&buf, cases[i].text, cases[i].length);
    ck_assert_str_eq(buf.data, cases[i].expected);
  }
  bo_buf_free(&buf);
}
END_TEST

START_TEST(utf8_is_strict) {
  static const struct {
    const char *text;
    size_t size;
  } cases[] = {{"a", 1},
               {"\x7f", 1},
               {"\xc3\xa9", 2},
               {"\xe2\x82\xac", 3},
               {"\xf0\x9f\x8e\xac", 4},
               {"\xf4\x8f\xbf\xbf", 4},
               {"\x80", 0},             /* a continuation alone */
               {"\xc0\x80", 0},         /* overlong NUL */
               {"\xc1\xbf", 0},         /* overlong */
               {"\xe0\x80\x80", 0},     /* overlong */
               {"\xed\xa0\x80", 0},     /* a surrogate */
               {"\xf0\x80\x80\x80", 0}, /* overlong */
               {"\xf4\x90\x80\x80", 0}, /* above U+10FFFF */
               {"\xf5\x80\x80\x80", 0},
               {"\xe2\x82", 0}, /* cut short */
               {"\xe2\x82z", 0}};

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    ck_assert_uint_eq(bo_utf8_character(cases[i].text, strlen(cases[i].text)), cases[i].size);
  ck_assert_uint_eq(bo_utf8_character("\0", 1), 1);
  ck_assert_uint_eq(bo_utf8_character("", 0), 0);
  ck_assert(bo_utf8_valid("a\xc3\xa9\0b", 5));
  ck_assert(!bo_utf8_valid("a\xc3", 2));
}
END_TEST

Suite *buf_suite(void) {
  Suite *suite = suite_create("buf");

  UNIT_CASE(suite, "buf", appends_grow_it, the_limit_is_exact_and_failure_sticks, numbers_are_written_in_full,
            json_text_is_escaped, utf8_is_strict);
  return suite;
}
