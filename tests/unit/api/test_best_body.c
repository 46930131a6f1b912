/* The body of POST /best-available. */
#include <json-c/json_c_version.h>

#include "api/best_body.h"
#include "http/response.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

static struct bo_arena *arena;
static struct bo_json_reader *reader;
static struct bo_best_request best;
static struct bo_problem problem;

/* Of a number that 64 bits do not hold: json-c past 0.16 does not take it. */
#define BEYOND(code) (JSON_C_VERSION_NUM < (17 << 8) ? (code) : BO_PROBLEM_MALFORMED)

static enum bo_problem_code parse(const char *body) {
  struct bo_request request;
  blank_request(&request, arena);
  request.content_type = BO_TYPE_JSON;
  request.body = body;
  request.body_length = strlen(body);
  memset(&problem, 0, sizeof problem);
  return bo_best_body_parse(&request, reader, 10, &best, &problem) ? BO_PROBLEM_NONE : problem.code;
}

#define BODY(more) "{\"showId\":\"65f0c0ffee65f0C0FFEE65f0\",\"userId\":\"ann\"," more "}"

START_TEST(what_may_be_left_out) {
  ck_assert_int_eq(parse(BODY("\"quantity\":2")), BO_PROBLEM_NONE);
  ck_assert_str_eq(best.show_id, "65f0c0ffee65f0c0ffee65f0");
  ck_assert_str_eq(best.user, "ann");
  ck_assert_uint_eq(best.quantity, 2);
  ck_assert(best.category == NULL && best.key == NULL && !best.accessible);
}
END_TEST

START_TEST(what_may_be_said) {
  ck_assert_int_eq(parse(BODY("\"quantity\":10,\"category\":\"Loge\",\"accessible\":true,\"requestKey\":\"0123-abc\"")),
                   BO_PROBLEM_NONE);
  ck_assert_str_eq(best.category, "Loge");
  ck_assert_str_eq(best.key, "0123-abc");
  ck_assert(best.accessible);
  ck_assert_int_eq(parse(BODY("\"quantity\":1,\"accessible\":false")), BO_PROBLEM_NONE);
  ck_assert(!best.accessible);
}
END_TEST

START_TEST(what_is_wrong) {
  static const struct {
    const char *body;
    enum bo_problem_code code;
  } wrong[] = {
      {BODY("\"quantity\":\"2\""), BO_PROBLEM_MALFORMED},
      {BODY("\"quantity\":2.0"), BO_PROBLEM_MALFORMED},
      {BODY("\"seats\":2"), BO_PROBLEM_MALFORMED},
      {BODY("\"quantity\":0"), BO_PROBLEM_NO_SEATS},
      {BODY("\"quantity\":-9223372036854775809"), BEYOND(BO_PROBLEM_NO_SEATS)},
      {BODY("\"quantity\":11"), BO_PROBLEM_TOO_MANY_SEATS},
      {BODY("\"quantity\":18446744073709551617"), BEYOND(BO_PROBLEM_TOO_MANY_SEATS)},
      {BODY("\"quantity\":1,\"category\":null"), BO_PROBLEM_MALFORMED},
      {BODY("\"quantity\":1,\"category\":\"a\\u0000b\""), BO_PROBLEM_UNKNOWN_CATEGORY},
      {BODY("\"quantity\":1,\"accessible\":1"), BO_PROBLEM_MALFORMED},
      {BODY("\"quantity\":1,\"requestKey\":\"1234567\""), BO_PROBLEM_MALFORMED},
      {BODY("\"quantity\":1,\"requestKey\":\"12345678\\u0000\""), BO_PROBLEM_MALFORMED},
      {"{\"showId\":\"65f0c0ffee65f0c0ffee65f0\",\"quantity\":1}", BO_PROBLEM_MALFORMED},
      {"{\"showId\":\"65f0\",\"quantity\":1,\"userId\":\"ann\"}", BO_PROBLEM_MALFORMED},
      {"{\"showId\":\"65f0c0ffee65f0c0ffee65f0\",\"quantity\":1,\"userId\":\"\"}", BO_PROBLEM_INVALID_USER},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) ck_assert_msg(parse(wrong[i].body) == wrong[i].code, "%s", wrong[i].body);
}
END_TEST

static void make_reader(void) {
  arena = bo_arena_new();
  reader = bo_json_reader_new();
  ck_assert(arena != NULL && reader != NULL);
}

static void free_reader(void) {
  bo_json_reader_free(reader);
  bo_arena_free(arena);
}

Suite *best_body_suite(void) {
  Suite *suite = suite_create("best_body");
  TCase *one = tcase_create("best_body");
  tcase_add_checked_fixture(one, make_reader, free_reader);
  tcase_add_test(one, what_may_be_left_out);
  tcase_add_test(one, what_may_be_said);
  tcase_add_test(one, what_is_wrong);
  suite_add_tcase(suite, one);
  return suite;
}
