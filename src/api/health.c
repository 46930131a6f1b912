/* GET /health/live: this worker answers. GET /health/ready: so do both stores, and they are set up as they must
 * be. The shape is that of draft-inadarei-api-health-check. */
#include "api/api.h"
#include "http/json_write.h"
#include "http/problem_json.h"

static void put_check(struct bo_buf *out, const char *store, const struct bo_problem *verdict) {
  bool pass = verdict->code == BO_PROBLEM_NONE;

  bo_json_open(out, store, '[');
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "componentType", "datastore");
  bo_json_put_text(out, "status", pass ? "pass" : "fail");
  if (!pass) {
    bo_json_put_text(out, "code", bo_problem_code_text(verdict->code));
    bo_json_put_text(out, "output", verdict->detail);
  }
  bo_json_close(out, '}');
  bo_json_close(out, ']');
}

static void render(bool pass, const struct bo_problem *redis, const struct bo_problem *mongo, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "status", pass ? "pass" : "fail");
  bo_json_open(out, "checks", '{');
  put_check(out, "redis", redis);
  put_check(out, "mongo", mongo);
  bo_json_close(out, '}');
  bo_json_close(out, '}');
}

bool bo_api_live(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem) {
  static const char body[] = "{\"status\":\"pass\"}";

  (void)context, (void)request, (void)id, (void)problem;
  response->status = 200;
  response->content_type = BO_TYPE_HEALTH;
  response->cache_control = "no-store";
  response->body = body;
  response->length = sizeof(body) - 1;
  return true;
}

bool bo_api_ready(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                  struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_problem redis = {0}, mongo = {0};
  const struct bo_problem *worse;
  struct bo_buf body = {0};

  (void)id;
  bo_office_check(api->office, &api->deadline, &redis, &mongo);
  worse = redis.code != BO_PROBLEM_NONE ? &redis : &mongo;
  response->cache_control = "no-store";
  if (worse->code != BO_PROBLEM_NONE) {
    response->problem = worse->code; /* for the log */
    response->retry_after_s = 1;
  }
  render(worse->code == BO_PROBLEM_NONE, &redis, &mongo, &body);
  return bo_response_json(response, request, worse->code == BO_PROBLEM_NONE ? 200 : 503, BO_TYPE_HEALTH, &body, problem);
}
