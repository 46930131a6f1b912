/* POST /best-available: the best seats that are free, held for one user. */
#include "api/api.h"
#include "api/best_body.h"
#include "api/hold_json.h"

bool bo_api_best_available(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                           struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_best_request best;
  struct bo_seats_request seats = {0};
  struct bo_hold_result hold = {0};

  (void)id;
  if (!bo_best_body_parse(request, api->reader, api->config->max_seats, &best, problem) ||
      !bo_best_available(api->office, &best, &api->deadline, request->arena, &seats, &hold, problem))
    return false;
  return bo_hold_respond(api->config, &seats, &hold, request, response, problem);
}
