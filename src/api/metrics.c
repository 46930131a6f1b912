/* GET /metrics: what all workers have counted, as Prometheus reads it. */
#include "util/metrics.h"

#include <stdlib.h>

#include "api/api.h"

static void dispose(void *text) { free(text); }

bool bo_api_metrics(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_buf text;

  (void)context, (void)id;
  bo_buf_init(&text, 0);
  bo_metrics_render(&text);
  if (text.failed) {
    bo_buf_free(&text);
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the metrics");
  }
  response->status = 200;
  response->content_type = "text/plain; version=0.0.4; charset=utf-8";
  response->cache_control = "no-store";
  response->body = text.data;
  response->length = text.length;
  return bo_arena_own(request->arena, text.data, dispose) ||
         bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the metrics");
}
