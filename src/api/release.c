/* POST /release: a user's own holds are given back before their end, all or none. */
#include "api/api.h"
#include "api/seats_body.h"
#include "api/seats_json.h"
#include "http/json_write.h"

static void render(const struct bo_seats_request *seats, const struct bo_release_result *result, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "message", "Seats released");
  bo_seats_json_put(out, seats);
  bo_json_put_count(out, "releasedCount", result->released);
  bo_json_close(out, '}');
}

bool bo_api_release(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_seats_request seats = {0};
  struct bo_release_result result = {0};
  struct bo_buf body = {0};

  (void)id;
  if (!bo_seats_body_parse(request, api->reader, api->config->max_seats, &seats, problem) ||
      !bo_release(api->office, &seats, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  render(&seats, &result, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
