#include "http/problem_json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "http/json_write.h"

enum { RETRY_AFTER_DEFAULT_S = 1 };

int bo_problem_status(enum bo_problem_code code) {
  static const int statuses[BO_PROBLEM_COUNT] = {
      [BO_PROBLEM_NONE] = 200,
#define BO_PROBLEM(NAME, code, status, title, level, retryable) [BO_PROBLEM_##NAME] = status,
#include "util/problem.def"
#undef BO_PROBLEM
  };

  assert(code < BO_PROBLEM_COUNT);
  return statuses[code];
}

static bool put_items(json_object *root, const struct bo_problem *problem) {
  json_object *seats;

  if (problem->n_items == 0)
    return true;
  seats = json_object_new_array();
  if (!bo_json_put(root, "seats", seats))
    return false;
  for (size_t i = 0; i < problem->n_items; i++) {
    json_object *item = json_object_new_object();

    if (!bo_json_append(seats, item) || !bo_json_put_text(item, "seatNumber", problem->items[i].name) ||
        !bo_json_put_text(item, "reason", problem->items[i].reason))
      return false;
  }
  return true;
}

static bool put_left(json_object *root, const struct bo_problem *problem) {
  return problem->code != BO_PROBLEM_NOT_ENOUGH_SEATS || bo_json_put_int(root, "seatsLeft", (int64_t)problem->left);
}

static bool put_times(json_object *root, const struct bo_problem *problem) {
  for (size_t i = 0; i < problem->n_times; i++)
    if (!bo_json_put_time(root, problem->times[i].member, problem->times[i].wall_ms))
      return false;
  return true;
}

static json_object *render(const struct bo_problem *problem, const struct bo_request *request) {
  const char *code = bo_problem_code_text(problem->code), *title = bo_problem_title(problem->code);
  const char *detail = problem->detail[0] == '\0' ? title : problem->detail;
  json_object *root = json_object_new_object();
  char type[96];

  (void)snprintf(type, sizeof(type), "urn:boxoffice:problem:%s", code);
  return bo_json_complete(root, bo_json_put_text(root, "type", type) && bo_json_put_text(root, "title", title) &&
                                    bo_json_put_int(root, "status", bo_problem_status(problem->code)) &&
                                    bo_json_put_text(root, "detail", detail) && bo_json_put_text(root, "code", code) &&
                                    bo_json_put_text(root, "requestId", request->id) &&
                                    bo_json_put_text(root, "message", detail) && put_items(root, problem) &&
                                    put_left(root, problem) && put_times(root, problem));
}

/* The request's id is the only part that varies, and its bytes need no escape (see request.c). */
static void respond_without_memory(const struct bo_request *request, struct bo_response *response) {
  static char text[512];
  int length = snprintf(text, sizeof(text),
                        "{\"type\":\"urn:boxoffice:problem:out_of_memory\",\"title\":\"Out of memory\",\"status\":503,"
                        "\"detail\":\"Out of memory\",\"code\":\"out_of_memory\",\"requestId\":\"%s\","
                        "\"message\":\"Out of memory\"}",
                        request->id);

  assert(length > 0 && (size_t)length < sizeof(text));
  response->status = bo_problem_status(BO_PROBLEM_OUT_OF_MEMORY);
  response->content_type = BO_TYPE_PROBLEM;
  response->body = text;
  response->length = (size_t)length;
  response->retry_after_s = RETRY_AFTER_DEFAULT_S;
  response->problem = BO_PROBLEM_OUT_OF_MEMORY;
}

void bo_problem_respond(const struct bo_problem *problem, const struct bo_request *request,
                        struct bo_response *response) {
  struct bo_problem failed = {0};

  /* A function that failed without saying why is our own bug; the client gets a 500, not a crash. */
  if (problem->code == BO_PROBLEM_NONE) {
    bo_problem_set(&failed, BO_PROBLEM_INTERNAL, "the request failed without a reason");
    problem = &failed;
  }
  *response = (struct bo_response){.route = response->route,
                                   .allow = response->allow,
                                   .cache_control = "no-store",
                                   .problem = problem->code,
                                   .retry_after_s = problem->retry_after_s};
  if (response->retry_after_s == 0 && bo_problem_retryable(problem->code))
    response->retry_after_s = RETRY_AFTER_DEFAULT_S;
  memcpy(response->detail, problem->detail, sizeof(response->detail));
  if (!bo_response_json(response, request, bo_problem_status(problem->code), BO_TYPE_PROBLEM, render(problem, request),
                        &failed))
    respond_without_memory(request, response);
}
