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

static void put_items(struct bo_buf *out, const struct bo_problem *problem) {
  if (problem->n_items == 0)
    return;
  bo_json_open(out, "seats", '[');
  for (size_t i = 0; i < problem->n_items; i++) {
    bo_json_open(out, NULL, '{');
    bo_json_put_text(out, "seatNumber", problem->items[i].name);
    bo_json_put_text(out, "reason", problem->items[i].reason);
    bo_json_close(out, '}');
  }
  bo_json_close(out, ']');
}

static void render(const struct bo_problem *problem, const struct bo_request *request, struct bo_buf *out) {
  const char *code = bo_problem_code_text(problem->code), *title = bo_problem_title(problem->code);
  const char *detail = problem->detail[0] == '\0' ? title : problem->detail;
  char type[96];

  (void)snprintf(type, sizeof(type), "urn:boxoffice:problem:%s", code);
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "type", type);
  bo_json_put_text(out, "title", title);
  bo_json_put_count(out, "status", (uint64_t)bo_problem_status(problem->code));
  bo_json_put_text(out, "detail", detail);
  bo_json_put_text(out, "code", code);
  bo_json_put_text(out, "requestId", request->id);
  bo_json_put_text(out, "message", detail);
  put_items(out, problem);
  if (problem->code == BO_PROBLEM_NOT_ENOUGH_SEATS)
    bo_json_put_count(out, "seatsLeft", problem->left);
  for (size_t i = 0; i < problem->n_times; i++)
    bo_json_put_time(out, problem->times[i].member, problem->times[i].wall_ms);
  bo_json_close(out, '}');
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
  struct bo_buf body = {0};

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
  render(problem, request, &body);
  if (!bo_response_json(response, request, bo_problem_status(problem->code), BO_TYPE_PROBLEM, &body, &failed))
    respond_without_memory(request, response);
}
