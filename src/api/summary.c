/* GET /summary/{showId}: how many seats are booked, held, blocked and available. */
#include <string.h>

#include "api/api.h"
#include "api/counts_json.h"
#include "boxoffice/id.h"
#include "http/json_write.h"

static json_object *render(const struct bo_summary_result *summary, struct bo_arena *arena) {
  const char *message =
      bo_arena_printf(arena, "%zu of %zu seats are available", summary->counts.available, summary->counts.total);
  json_object *root = json_object_new_object();

  return bo_json_complete(root, message != NULL && bo_json_put_text(root, "movieTitle", summary->title) &&
                                    bo_counts_json_put(root, &summary->counts, true) &&
                                    bo_json_put_text(root, "message", message));
}

bool bo_api_summary(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  struct bo_summary_result summary = {0};

  if (!bo_show_id_parse(id, strlen(id), show_id, problem) ||
      !bo_summary(api->office, show_id, &api->deadline, request->arena, &summary, problem))
    return false;
  response->cache_control = "no-store";
  return bo_response_json(response, request, 200, BO_TYPE_JSON, render(&summary, request->arena), problem);
}
