/* POST /hold: one user's temporary claim on seats of one show, all or none. */
#include "api/api.h"
#include "api/hold_json.h"
#include "api/seats_body.h"

bool bo_api_hold(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_seats_request seats = {0};
  struct bo_hold_result hold = {0};

  (void)id;
  if (!bo_seats_body_parse(request, api->reader, api->config->max_seats, &seats, problem) ||
      !bo_hold(api->office, &seats, &api->deadline, request->arena, &hold, problem))
    return false;
  return bo_hold_respond(api->config, &seats, &hold, request, response, problem);
}
