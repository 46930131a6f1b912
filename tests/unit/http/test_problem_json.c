#include <json-c/json_tokener.h>

#include "http/problem_json.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

static const char *text_member(json_object *object, const char *key) {
  json_object *value = NULL;

  ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
  ck_assert(json_object_is_type(value, json_type_string));
  return json_object_get_string(value);
}

static struct bo_arena *arena;
static struct bo_request request;

/* The answer's body, parsed; free it. */
static json_object *respond(const struct bo_problem *problem, struct bo_response *response) {
  json_object *root;

  arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
  blank_request(&request, arena);
  bo_problem_respond(problem, &request, response);
  ck_assert_str_eq(response->content_type, "application/problem+json");
  ck_assert_str_eq(response->cache_control, "no-store");
  root = json_tokener_parse(response->body);
  ck_assert(json_object_is_type(root, json_type_object));
  return root;
}

START_TEST(it_has_every_member) {
  struct bo_response response = {.route = "hold"};
  struct bo_problem problem;
  json_object *root, *seats = NULL, *value = NULL;

  bo_problem_set(&problem, BO_PROBLEM_SEATS_UNAVAILABLE, "seats are \"in the way\"");
  bo_problem_add(&problem, "S1", "held");
  bo_problem_add(&problem, "S2", "sold");
  root = respond(&problem, &response);
  ck_assert_int_eq(response.status, 409);
  ck_assert_str_eq(response.route, "hold");
  ck_assert_int_eq(response.problem, BO_PROBLEM_SEATS_UNAVAILABLE);
  ck_assert_uint_eq(response.retry_after_s, 0);
  ck_assert_uint_eq(response.length, strlen(response.body));
  ck_assert_str_eq(text_member(root, "type"), "urn:boxoffice:problem:seats_unavailable");
  ck_assert_str_eq(text_member(root, "title"), "Seats are held or sold");
  ck_assert_str_eq(text_member(root, "detail"), "seats are \"in the way\"");
  ck_assert_str_eq(text_member(root, "message"), "seats are \"in the way\"");
  ck_assert_str_eq(text_member(root, "code"), "seats_unavailable");
  ck_assert_str_eq(text_member(root, "requestId"), request.id);
  ck_assert(json_object_object_get_ex(root, "status", &value));
  ck_assert_int_eq(json_object_get_int(value), 409);
  ck_assert(json_object_object_get_ex(root, "seats", &seats));
  ck_assert_uint_eq(json_object_array_length(seats), 2);
  ck_assert_str_eq(text_member(json_object_array_get_idx(seats, 1), "seatNumber"), "S2");
  ck_assert_str_eq(text_member(json_object_array_get_idx(seats, 1), "reason"), "sold");
  json_object_put(root);
  bo_arena_free(arena);
}
END_TEST

START_TEST(retryable_ones_say_when) {
  struct bo_response response = {0};
  struct bo_problem problem;
  json_object *root;

  bo_problem_set(&problem, BO_PROBLEM_REDIS_UNAVAILABLE, "%s", "");
  root = respond(&problem, &response);
  ck_assert_int_eq(response.status, 503);
  ck_assert_uint_eq(response.retry_after_s, 1);
  ck_assert_str_eq(text_member(root, "detail"), "The hold store is unavailable");
  ck_assert(!json_object_object_get_ex(root, "seats", NULL));
  json_object_put(root);
  bo_arena_free(arena);

  bo_problem_set(&problem, BO_PROBLEM_SEATS_UNAVAILABLE, "being confirmed");
  problem.retry_after_s = 15;
  root = respond(&problem, &response);
  ck_assert_uint_eq(response.retry_after_s, 15);
  json_object_put(root);
  bo_arena_free(arena);
}
END_TEST

START_TEST(a_failure_without_a_reason_is_a_500) {
  struct bo_response response = {0};
  struct bo_problem problem;
  json_object *root;

  memset(&problem, 0xff, sizeof(problem));
  problem.code = BO_PROBLEM_NONE;
  root = respond(&problem, &response);
  ck_assert_int_eq(response.status, 500);
  ck_assert_str_eq(text_member(root, "code"), "internal");
  json_object_put(root);
  bo_arena_free(arena);
}
END_TEST

START_TEST(statuses_are_those_of_the_table) {
#define BO_PROBLEM(NAME, code, status, title, level, retryable)                                                        \
  ck_assert_int_eq(bo_problem_status(BO_PROBLEM_##NAME), status);
#include "util/problem.def"
#undef BO_PROBLEM
}
END_TEST

Suite *problem_json_suite(void) {
  Suite *suite = suite_create("problem_json");

  UNIT_CASE(suite, "problem_json", it_has_every_member, retryable_ones_say_when, a_failure_without_a_reason_is_a_500,
            statuses_are_those_of_the_table);
  return suite;
}
