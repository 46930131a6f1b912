#include <stdio.h>

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
  struct bo_buf text = {0}, none = {0}, failed = {.limit = 3};

  blank_request(&request, arena);
  bo_json_put_text(&text, NULL, "b");
  ck_assert(bo_response_json(&response, &request, 201, BO_TYPE_JSON, &text, &problem));
  ck_assert_int_eq(response.status, 201);
  ck_assert_str_eq(response.body, "\"b\"");
  ck_assert_uint_eq(response.length, 3);
  ck_assert(!bo_response_json(&response, &request, 200, BO_TYPE_JSON, &none, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_OUT_OF_MEMORY);
  bo_json_put_text(&failed, NULL, "too long");
  problem.code = BO_PROBLEM_NONE;
  ck_assert(!bo_response_json(&response, &request, 200, BO_TYPE_JSON, &failed, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_OUT_OF_MEMORY);
  bo_arena_free(arena);
}
END_TEST

static void put_values(struct bo_buf *out) {
  bo_json_put_text(out, "a", "b/\"c");
  bo_json_put_count(out, "n", 1ULL << 40);
  bo_json_put_bool(out, "t", true);
  bo_json_put_bool(out, "f", false);
  bo_json_put_text_or_null(out, "z", "");
  bo_json_put_text_or_null(out, "y", "{");
  bo_json_put_time(out, "at", 0);
  bo_json_put_time_or_null(out, "never", 0);
  bo_json_put_time_or_null(out, "then", 1);
}

static const char values[] = "\"a\":\"b/\\\"c\",\"n\":1099511627776,\"t\":true,\"f\":false,\"z\":null,\"y\":\"{\","
                             "\"at\":\"1970-01-01T00:00:00.000Z\",\"never\":null,\"then\":\"1970-01-01T00:00:00.001Z\"";

START_TEST(json_has_its_commas) {
  struct bo_buf out = {0};
  char expected[512];

  bo_json_open(&out, NULL, '{');
  bo_json_open(&out, "empty", '[');
  bo_json_close(&out, ']');
  put_values(&out);
  bo_json_open(&out, "list", '[');
  bo_json_put_count(&out, NULL, 0);
  bo_json_open(&out, NULL, '{');
  bo_json_close(&out, '}');
  bo_json_put_text(&out, NULL, "[");
  bo_json_close(&out, ']');
  bo_json_close(&out, '}');
  (void)snprintf(expected, sizeof(expected), "{\"empty\":[],%s,\"list\":[0,{},\"[\"]}", values);
  ck_assert_str_eq(out.data, expected);
  bo_buf_free(&out);
}
END_TEST

START_TEST(json_numbers_have_the_decimals_they_need) {
  static const struct {
    int64_t thousandths;
    const char *text;
  } cases[] = {{0, "0"}, {1, "0.001"}, {-1, "-0.001"}, {10, "0.01"}, {-1500, "-1.5"}, {12000, "12"}, {120050, "120.05"},
               {INT64_MIN, "-9223372036854775.808"}};

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct bo_buf out = {0};

    bo_json_put_thousandths(&out, NULL, cases[i].thousandths);
    ck_assert_str_eq(out.data, cases[i].text);
    bo_buf_free(&out);
  }
}
END_TEST

Suite *response_suite(void) {
  Suite *suite = suite_create("response");

  UNIT_CASE(suite, "response", heads_hold_what_is_set, json_bodies_belong_to_the_arena, json_has_its_commas,
            json_numbers_have_the_decimals_they_need);
  return suite;
}
