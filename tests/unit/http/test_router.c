#include <stdio.h>

#include "http/problem_json.h"
#include "http/router.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

static char called[64];

static bool get(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                struct bo_problem *problem) {
  (void)context, (void)request, (void)problem;
  (void)snprintf(called, sizeof(called), "get %s", id);
  *response = (struct bo_response){.status = 200, .content_type = BO_TYPE_JSON, .route = response->route, .body = "{}",
                                   .length = 2};
  return true;
}

static bool post(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem) {
  (void)context, (void)request, (void)response;
  (void)snprintf(called, sizeof(called), "post %s", id == NULL ? "-" : id);
  return bo_problem_set(problem, BO_PROBLEM_HOLD_EXPIRED, "too late");
}

static const struct bo_route table[] = {{"status", "/status/{id}", BO_METHOD_GET, get},
                                        {"hold", "/hold", BO_METHOD_POST, post}};
static const struct bo_router router = {.prefix = "/api/bookings", .routes = table, .n_routes = 2};

START_TEST(paths_are_found_at_the_root_and_below_the_prefix) {
  static const struct {
    const char *path, *name, *id;
  } cases[] = {{"/hold", "hold", NULL},
               {"/api/bookings/hold", "hold", NULL},
               {"/status/abc", "status", "abc"},
               {"/api/bookings/status/abc", "status", "abc"},
               {"/status/a b", "status", "a b"},
               {"/status/", NULL, NULL},
               {"/status", NULL, NULL},
               {"/status/a/b", NULL, NULL},
               {"/status/a/", NULL, NULL},
               {"/hold/", NULL, NULL},
               {"/HOLD", NULL, NULL},
               {"/holdx", NULL, NULL},
               {"hold", NULL, NULL},
               {"/api/bookings", NULL, NULL},
               {"/api/bookings/", NULL, NULL},
               {"/api/bookingshold", NULL, NULL},
               {"/api/bookings/api/bookings/hold", NULL, NULL},
               {"/", NULL, NULL},
               {"", NULL, NULL},
               {"*", NULL, NULL}};

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const char *id = "unset";
    const struct bo_route *route = bo_router_find(&router, cases[i].path, &id);

    ck_assert_pstr_eq(route == NULL ? NULL : route->name, cases[i].name);
    ck_assert_pstr_eq(id, cases[i].id);
  }
}
END_TEST

static struct bo_response dispatch(enum bo_method method, const char *path) {
  static struct bo_arena *arena;
  struct bo_request request;
  struct bo_response response;

  bo_arena_free(arena);
  arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
  blank_request(&request, arena);
  request.method = method;
  request.path = path;
  called[0] = '\0';
  bo_router_dispatch(&router, NULL, &request, &response);
  return response;
}

START_TEST(handlers_are_called_and_head_is_as_get) {
  struct bo_response response = dispatch(BO_METHOD_GET, "/status/x");

  ck_assert_int_eq(response.status, 200);
  ck_assert_str_eq(called, "get x");
  ck_assert_str_eq(response.route, "status");
  response = dispatch(BO_METHOD_HEAD, "/status/y");
  ck_assert_int_eq(response.status, 200);
  ck_assert_str_eq(called, "get y");
  ck_assert_uint_eq(response.length, 2);
}
END_TEST

START_TEST(what_is_not_there_is_404) {
  struct bo_response response = dispatch(BO_METHOD_POST, "/nowhere");

  ck_assert_int_eq(response.status, 404);
  ck_assert_int_eq(response.problem, BO_PROBLEM_NOT_FOUND);
  ck_assert_ptr_null(response.route);
  ck_assert_int_eq(dispatch(BO_METHOD_OPTIONS, "/nowhere").status, 404);
}
END_TEST

START_TEST(wrong_methods_are_405_with_allow) {
  struct bo_response response = dispatch(BO_METHOD_GET, "/hold");

  ck_assert_int_eq(response.status, 405);
  ck_assert_str_eq(response.allow, "POST, OPTIONS");
  ck_assert_str_eq(called, "");
  ck_assert_int_eq(dispatch(BO_METHOD_HEAD, "/hold").status, 405);
  response = dispatch(BO_METHOD_OTHER, "/status/x");
  ck_assert_int_eq(response.status, 405);
  ck_assert_str_eq(response.allow, "GET, HEAD, OPTIONS");
  ck_assert_int_eq(dispatch(BO_METHOD_POST, "/status/x").status, 405);
}
END_TEST

START_TEST(options_is_204_with_allow) {
  struct bo_response response = dispatch(BO_METHOD_OPTIONS, "/hold");

  ck_assert_int_eq(response.status, 204);
  ck_assert_str_eq(response.allow, "POST, OPTIONS");
  ck_assert_ptr_null(response.content_type);
  ck_assert_str_eq(called, "");
}
END_TEST

START_TEST(a_handlers_problem_is_answered) {
  struct bo_response response = dispatch(BO_METHOD_POST, "/hold");

  ck_assert_int_eq(response.status, 410);
  ck_assert_str_eq(response.route, "hold");
  ck_assert_str_eq(response.detail, "too late");
  ck_assert_ptr_nonnull(strstr(response.body, "\"code\":\"hold_expired\""));
}
END_TEST

Suite *router_suite(void) {
  Suite *suite = suite_create("router");

  UNIT_CASE(suite, "router", paths_are_found_at_the_root_and_below_the_prefix, handlers_are_called_and_head_is_as_get,
            what_is_not_there_is_404, wrong_methods_are_405_with_allow, options_is_204_with_allow,
            a_handlers_problem_is_answered);
  return suite;
}
