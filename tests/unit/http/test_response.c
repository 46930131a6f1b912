#include "http/json_write.h"
#include "http/response.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

static void assert_head(const struct bo_response *response, const char *expected) {
  struct bo_buf head;

  bo_buf_init(&head, 0);
  bo_response_head(response, "id-12345678", &head);
  ck_assert(!head.failed);
  ck_assert_str_eq(head.data, expected);
  bo_buf_free(&head);
}

START_TEST(heads_hold_what_is_set) {
  assert_head(&(struct bo_response){.status = 200, .content_type = BO_TYPE_JSON, .length = 12, .etag = "\"1\"",
                                    .cache_control = "no-cache"},
              "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nCache-Control: no-cache\r\n"
              "ETag: \"1\"\r\nX-Request-ID: id-12345678\r\n\r\n");
  assert_head(&(struct bo_response){.status = 204, .allow = "GET, HEAD, OPTIONS"},
              "Status: 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\nX-Request-ID: id-12345678\r\n\r\n");
  assert_head(&(struct bo_response){.status = 304, .etag = "\"1\""},
              "Status: 304 Not Modified\r\nETag: \"1\"\r\nX-Request-ID: id-12345678\r\n\r\n");
  assert_head(&(struct bo_response){.status = 503, .retry_after_s = 2},
              "Status: 503 Service Unavailable\r\nRetry-After: 2\r\nX-Request-ID: id-12345678\r\n\r\n");
}
END_TEST

START_TEST(json_bodies_belong_to_the_arena) {
  struct bo_arena *arena = bo_arena_new();
  struct bo_request request;
  struct bo_response response = {0};
  struct bo_problem problem;
  json_object *root = json_object_new_object();

  blank_request(&request, arena);
  ck_assert(bo_json_put_text(root, "a", "b/\"c") && bo_json_put_int(root, "n", 1LL << 40) &&
            bo_json_put_bool(root, "t", true) && bo_json_put_text_or_null(root, "z", "") &&
            bo_json_put_time(root, "at", 0));
  ck_assert(bo_response_json(&response, &request, 201, BO_TYPE_JSON, root, &problem));
  ck_assert_int_eq(response.status, 201);
  ck_assert_str_eq(response.body, "{\"a\":\"b/\\\"c\",\"n\":1099511627776,\"t\":true,\"z\":null,"
                                  "\"at\":\"1970-01-01T00:00:00.000Z\"}");
  ck_assert_uint_eq(response.length, strlen(response.body));
  ck_assert(!bo_response_json(&response, &request, 200, BO_TYPE_JSON, NULL, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_OUT_OF_MEMORY);
  bo_arena_free(arena);
}
END_TEST

START_TEST(parts_that_could_not_be_made_are_told) {
  json_object *root = json_object_new_object(), *list = json_object_new_array();

  ck_assert(!bo_json_put(root, "a", NULL));
  ck_assert(!bo_json_append(list, NULL));
  ck_assert(!bo_json_put_text(NULL, "a", "b"));
  ck_assert(!bo_json_append(NULL, json_object_new_int(1)));
  ck_assert(bo_json_put(root, "list", list));
  ck_assert_ptr_null(bo_json_complete(root, false));
  ck_assert_ptr_null(bo_json_complete(NULL, false));
}
END_TEST

Suite *response_suite(void) {
  Suite *suite = suite_create("response");

  UNIT_CASE(suite, "response", heads_hold_what_is_set, json_bodies_belong_to_the_arena,
            parts_that_could_not_be_made_are_told);
  return suite;
}
