/* GET /health/live: this worker answers. GET /health/ready: so do both stores, and they are set up as they must
 * be. The shape is that of draft-inadarei-api-health-check. */
#include "api/api.h"
#include "http/json_write.h"
#include "http/problem_json.h"

static bool put_check(json_object *checks, const char *store, const struct bo_problem *verdict) {
  json_object *list = json_object_new_array(), *check = NULL;
  bool pass = verdict->code == BO_PROBLEM_NONE;

  if (!bo_json_put(checks, store, list))
    return false;
  check = json_object_new_object();
  return bo_json_append(list, check) && bo_json_put_text(check, "componentType", "datastore") &&
         bo_json_put_text(check, "status", pass ? "pass" : "fail") &&
         (pass || (bo_json_put_text(check, "code", bo_problem_code_text(verdict->code)) &&
                   bo_json_put_text(check, "output", verdict->detail)));
}

static bool put_checks(json_object *root, const struct bo_problem *redis, const struct bo_problem *mongo) {
  json_object *checks = json_object_new_object();

  return bo_json_put(root, "checks", checks) && put_check(checks, "redis", redis) && put_check(checks, "mongo", mongo);
}

static json_object *render(bool pass, const struct bo_problem *redis, const struct bo_problem *mongo) {
  json_object *root = json_object_new_object();

  return bo_json_complete(root, bo_json_put_text(root, "status", pass ? "pass" : "fail") &&
                                    put_checks(root, redis, mongo));
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

  (void)id;
  bo_office_check(api->office, &api->deadline, &redis, &mongo);
  worse = redis.code != BO_PROBLEM_NONE ? &redis : &mongo;
  response->cache_control = "no-store";
  if (worse->code != BO_PROBLEM_NONE) {
    response->problem = worse->code; /* for the log */
    response->retry_after_s = 1;
  }
  return bo_response_json(response, request, worse->code == BO_PROBLEM_NONE ? 200 : 503, BO_TYPE_HEALTH,
                          render(worse->code == BO_PROBLEM_NONE, &redis, &mongo), problem);
}
