#include <stdint.h>

#include "http/request.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

/* CGI variables as a list of names and values, ended by NULL. */
static const char *variable(void *context, const char *name) {
  for (const char *const *pair = context; *pair != NULL; pair += 2)
    if (strcmp(pair[0], name) == 0)
      return pair[1];
  return NULL;
}

static struct bo_arena *arena;
static struct bo_request request;

static void setup(void) {
  arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
}

static void teardown(void) { bo_arena_free(arena); }

static void init(const char *const *variables) {
  struct bo_problem problem;

  ck_assert(bo_request_init(&request, arena, variable, (void *)variables, &problem));
}

START_TEST(everything_is_taken_over) {
  static const char *const variables[] = {"REQUEST_METHOD", "POST", "DOCUMENT_URI", "/hold", "SCRIPT_NAME", "/x",
                                          "CONTENT_TYPE", "application/json", "HTTP_X_REQUEST_ID", "abc-DEF_1.2",
                                          "HTTP_IF_NONE_MATCH", "\"t\"", "REMOTE_USER", "ann", "CONTENT_LENGTH", "17",
                                          "QUERY_STRING", "userId=a%20b", NULL};

  init(variables);
  ck_assert_int_eq(request.method, BO_METHOD_POST);
  ck_assert_str_eq(request.path, "/hold");
  ck_assert_str_eq(request.query, "userId=a%20b");
  ck_assert_str_eq(request.content_type, "application/json");
  ck_assert_str_eq(request.id, "abc-DEF_1.2");
  ck_assert_str_eq(request.if_none_match, "\"t\"");
  ck_assert_str_eq(request.remote_user, "ann");
  ck_assert(request.has_content_length && request.content_length == 17);
}
END_TEST

START_TEST(nothing_is_fine_too) {
  static const char *const variables[] = {"REMOTE_USER", "", "CONTENT_LENGTH", "", NULL};

  init(variables);
  ck_assert_int_eq(request.method, BO_METHOD_OTHER);
  ck_assert_str_eq(request.path, "");
  ck_assert_ptr_null(request.remote_user);
  ck_assert(!request.has_content_length);
  ck_assert_uint_eq(strlen(request.id), 32);
  ck_assert_uint_eq(strspn(request.id, "0123456789abcdef"), 32);
  ck_assert_str_eq(request.body, "");
}
END_TEST

START_TEST(the_path_has_three_sources) {
  static const char *const script[] = {"DOCUMENT_URI", "", "SCRIPT_NAME", "/a", "REQUEST_URI", "/b?c", NULL};
  static const char *const uri[] = {"REQUEST_URI", "/b?c", NULL};

  init(script);
  ck_assert_str_eq(request.path, "/a");
  init(uri);
  ck_assert_str_eq(request.path, "/b");
}
END_TEST

START_TEST(odd_request_ids_are_replaced) {
  char longest[130];
  const char *odd[] = {"", "short", "has space", "quote\"quote", "line\nfeed1", "b\xc3\xa4" "12345678", longest};

  memset(longest, 'a', 129);
  longest[129] = '\0';
  for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
    const char *variables[] = {"HTTP_X_REQUEST_ID", odd[i], NULL};

    init(variables);
    ck_assert_str_ne(request.id, odd[i]);
    ck_assert_uint_eq(strlen(request.id), 32);
  }
  longest[128] = '\0';
  const char *variables[] = {"HTTP_X_REQUEST_ID", longest, NULL};
  init(variables);
  ck_assert_str_eq(request.id, longest);
}
END_TEST

START_TEST(a_content_length_that_is_no_number_matches_no_body) {
  static const char *const odd[] = {"-1", "x", "1x", "99999999999999999999999", "+1", " 1"};

  for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
    const char *variables[] = {"CONTENT_LENGTH", odd[i], NULL};

    init(variables);
    ck_assert(request.has_content_length);
    ck_assert_uint_eq(request.content_length, SIZE_MAX);
  }
}
END_TEST

START_TEST(content_types_are_compared_as_http_does) {
  static const struct {
    const char *given;
    bool json;
  } cases[] = {{"application/json", true},
               {"Application/JSON", true},
               {"application/json;charset=utf-8", true},
               {"application/json ; charset=utf-8", true},
               {" application/json", true},
               {"", false},
               {"application/jsonp", false},
               {"application/json-patch+json", false},
               {"application/problem+json", false},
               {"text/json", false},
               {"application/x-www-form-urlencoded", false}};

  blank_request(&request, arena);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    request.content_type = cases[i].given;
    ck_assert_msg(bo_request_content_is(&request, "application/json") == cases[i].json, "%s", cases[i].given);
  }
}
END_TEST

START_TEST(if_none_match_is_a_list_and_weak) {
  static const struct {
    const char *given;
    bool known;
  } cases[] = {{"\"12-3\"", true},
               {"W/\"12-3\"", true},
               {"*", true},
               {"\"x\", \"12-3\"", true},
               {"\"x\",W/\"12-3\" , \"y\"", true},
               {"\"a,b\", \"12-3\"", true},
               {"", false},
               {"12-3", false},
               {"\"12-3", false},
               {"\"12-\"", false},
               {"\"12-34\"", false},
               {"\"x\"", false},
               {"w/\"12-3\"", false},
               {",,,", false}};

  blank_request(&request, arena);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    request.if_none_match = cases[i].given;
    ck_assert_msg(bo_request_knows_etag(&request, "\"12-3\"") == cases[i].known, "%s", cases[i].given);
    ck_assert_msg(bo_request_knows_etag(&request, "W/\"12-3\"") == cases[i].known, "%s", cases[i].given);
  }
}
END_TEST

Suite *request_suite(void) {
  Suite *suite = suite_create("request");
  TCase *test_case = tcase_create("request");

  tcase_add_checked_fixture(test_case, setup, teardown);
  tcase_add_test(test_case, everything_is_taken_over);
  tcase_add_test(test_case, nothing_is_fine_too);
  tcase_add_test(test_case, the_path_has_three_sources);
  tcase_add_test(test_case, odd_request_ids_are_replaced);
  tcase_add_test(test_case, a_content_length_that_is_no_number_matches_no_body);
  tcase_add_test(test_case, content_types_are_compared_as_http_does);
  tcase_add_test(test_case, if_none_match_is_a_list_and_weak);
  suite_add_tcase(suite, test_case);
  return suite;
}
