#include <json-c/json_c_version.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/json_body.h"
#include "http/json_scan.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"
#include "util/bounds.h"

static struct bo_arena *arena;
static struct bo_json_reader *reader;
static struct bo_problem problem;
static json_object *root;

static void setup(void) {
  arena = bo_arena_new();
  reader = bo_json_reader_new();
  ck_assert(arena != NULL && reader != NULL);
}

static void teardown(void) {
  bo_json_reader_free(reader);
  bo_arena_free(arena);
}

static bool read_bytes(const char *text, size_t length) {
  bo_arena_reset(arena);
  memset(&problem, 0, sizeof(problem));
  root = NULL;
  return bo_json_read(reader, text, length, arena, &root, &problem);
}

static void assert_malformed(const char *text, size_t length) {
  ck_assert_msg(!read_bytes(text, length), "taken: %s", text);
  ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
  ck_assert_msg(problem.detail[0] != '\0', "no reason for: %s", text);
  /* And the reader is as good as new. */
  ck_assert(read_bytes("{\"a\":1}", 7));
}

static void assert_fine(const char *text) {
  ck_assert_msg(read_bytes(text, strlen(text)), "refused: %s: %s", text, problem.detail);
  ck_assert(json_object_is_type(root, json_type_object));
}

START_TEST(numbers_that_64_bits_do_not_hold) {
  const char *text = "{\"a\":[123456789012345678901234567890,1e999]}";
  if (JSON_C_VERSION_NUM < (17 << 8))
    assert_fine(text);
  else
    assert_malformed(text, strlen(text));
}
END_TEST

START_TEST(sound_bodies_pass) {
  assert_fine("{}");
  assert_fine(" \t\r\n{ \"a\" : [ ] , \"b\" : { } }\r\n ");
  assert_fine("{\"a\":\"x\",\"b\":[1,-2.5e+10,true,false,null,\"y\"],\"c\":{\"a\":{\"a\":0}}}");
  assert_fine("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"}");
  assert_fine("{\"a\":\"\\ud83c\\udfac \\uD83C\\uDFAC\"}");
  assert_fine("{\"a\":\"\xf0\x9f\x8e\xac\"}");
  assert_fine("{\"a\":{\"b\":{\"c\":[[\"deep enough\"]]}}}");
  assert_fine("{\"a\":[12345678901234567890,1e99,-0]}");
  assert_fine("{\"n\":-12.5e1,\"a\":\"\xf0\x9f\x8e\xac \\ud83c\\udfac\",\"\xc3\xa9\":7} \n");
  assert_fine("{\"unknown\":\"members are for others\",\"a:b\":\":\"}");
}
END_TEST

START_TEST(unsound_bodies_are_malformed) {
  static const char *const bodies[] = {
      "", " ", "\n", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"x", "{\"a\":[1", "{\"a\":[1}", "{\"a\":1]",
      "null", "true", "12", "\"x\"", "[]", "[{}]", "NaN",       /* no object */
      "{}x", "{}{}", "{} {}", "{},", "{\"a\":1}}", "{}//", "{}#", /* something follows */
      "{\"a\":1,}", "{\"a\":[1,]}", "{,}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{1:1}", "{\"a\"::1}",
      "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":nan}", "{\"a\":NULL}", "{\"a\":True}",
      "{\"a\":nulll}", "{\"a\":truefalse}", "{\"a\":undefined}",
      "{'a':1}", "{\"a\":'x'}",                                                             /* single quotes */
      "{\"a\":01}", "{\"a\":+1}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":--1}", "{\"a\":0x10}", "{\"a\":-}",
      "{/**/\"a\":1}", "{\"a\":1/*x*/}",                                                    /* comments */
      "{\"a\":\"\t\"}", "{\"a\":\"\n\"}", "{\"a\":\"\x01\"}",                               /* raw control characters */
      "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\'\"}",     /* escapes */
      "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800x\"}", "{\"a\":\"\\ud800\\u0041\"}",
      "{\"a\":\"\\udc00\\ud800\"}", "{\"a\":\"\\ud800\\ud800\"}",                           /* halves of pairs */
      "{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"\xff\":1}",
      "\xef\xbb\xbf{}",                                                                      /* byte order mark */
      "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}", "{\"b\":{\"a\":1,\"a\":2}}", "{\"b\":[{\"a\":1,\"a\":2}]}",
      "{\"a\\u0000b\":1}", "{\"a\\u0000\":1,\"a\":2}",                                      /* doubled keys, or nearly */
      "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
      "{\"a\":[[[[[[[[[[1]]]]]]]]]]}"};

  for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
    assert_malformed(bodies[i], strlen(bodies[i]));
}
END_TEST

START_TEST(nul_bytes_do_not_end_the_body) {
  assert_malformed("{}\0", 3);
  assert_malformed("{}\0{}", 5);
  assert_malformed("\0{}", 3);
  assert_malformed("{\"a\":\"x\0y\"}", 11);
  assert_malformed("{\"a\":1\0}", 8);
}
END_TEST

START_TEST(an_escaped_nul_is_seen_by_its_length) {
  json_object *value = NULL;

  assert_fine("{\"a\":\"al\\u0000x\"}");
  ck_assert(json_object_object_get_ex(root, "a", &value));
  ck_assert_int_eq(json_object_get_string_len(value), 4);
}
END_TEST

START_TEST(nesting_of_ten_thousand_is_refused) {
  size_t depth = 10000, length = 5 + 2 * depth + 1;
  char *text = malloc(length + 1);

  ck_assert_ptr_nonnull(text);
  memcpy(text, "{\"a\":", 5);
  memset(text + 5, '[', depth);
  memset(text + 5 + depth, ']', depth);
  memcpy(text + 5 + 2 * depth, "}", 2);
  assert_malformed(text, length);
  assert_malformed(text, 5 + depth);
  free(text);
}
END_TEST

/* Every prefix of a sound body is malformed, and so is every body with one byte of it lost. */
START_TEST(torn_bodies_are_malformed) {
  static const char body[] = "{\"showId\":\"x\",\"seatNumber\":[\"S1\",\"S2\"],\"n\":-1.5e3,\"t\":true}";

  for (size_t length = 0; length < sizeof(body) - 1; length++)
    assert_malformed(body, length);
}
END_TEST

/* No byte at any place makes it crash, loop, or read past the end (the sanitizers' build looks). */
START_TEST(any_byte_anywhere_is_answered) {
  static const char body[] = "{\"a\":\"\\ud83c\\udfac\",\"b\":[1.5e3,null]}";
  size_t length = sizeof(body) - 1;

  for (size_t at = 0; at < length; at++)
    for (int byte = 0; byte < 256; byte++) {
      char *copy = malloc(length);

      ck_assert_ptr_nonnull(copy);
      memcpy(copy, body, length);
      copy[at] = (char)byte;
      if (!read_bytes(copy, length))
        ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
      free(copy);
    }
}
END_TEST

START_TEST(what_http_says_comes_before_the_text) {
  struct bo_request request;

  blank_request(&request, arena);
  request.body = "{";
  request.body_length = 1;
  request.content_type = "text/plain";
  request.body_state = BO_BODY_TOO_LARGE;
  ck_assert(!bo_json_body(reader, &request, &root, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_TOO_LARGE);
  request.body_state = BO_BODY_TORN;
  ck_assert(!bo_json_body(reader, &request, &root, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_NOT_JSON);
  request.content_type = "application/json";
  ck_assert(!bo_json_body(reader, &request, &root, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
  request.body_state = BO_BODY_WHOLE;
  ck_assert(!bo_json_body(reader, &request, &root, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_MALFORMED);
  request.body = "{}";
  request.body_length = 2;
  ck_assert(bo_json_body(reader, &request, &root, &problem));
}
END_TEST

Suite *json_body_suite(void) {
  Suite *suite = suite_create("json_body");
  TCase *test_case = tcase_create("json_body");

  tcase_add_checked_fixture(test_case, setup, teardown);
  tcase_add_test(test_case, sound_bodies_pass);
  tcase_add_test(test_case, numbers_that_64_bits_do_not_hold);
  tcase_add_test(test_case, unsound_bodies_are_malformed);
  tcase_add_test(test_case, nul_bytes_do_not_end_the_body);
  tcase_add_test(test_case, an_escaped_nul_is_seen_by_its_length);
  tcase_add_test(test_case, nesting_of_ten_thousand_is_refused);
  tcase_add_test(test_case, torn_bodies_are_malformed);
  tcase_add_test(test_case, any_byte_anywhere_is_answered);
  tcase_add_test(test_case, what_http_says_comes_before_the_text);
  suite_add_tcase(suite, test_case);
  return suite;
}
