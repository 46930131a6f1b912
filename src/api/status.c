/* GET /status/{showId}: the seat map, as bytes that the box office keeps rendered; 304 where the client has it. */
#include <string.h>

#include "api/api.h"
#include "boxoffice/id.h"

static bool client_knows(void *context, const char *etag) { return bo_request_knows_etag(context, etag); }

bool bo_api_status(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                   struct bo_problem *problem) {
  struct bo_api *api = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  struct bo_seatmap_result map = {0};

  if (!bo_show_id_parse(id, strlen(id), show_id, problem) ||
      !bo_seatmap(api->office, show_id, client_knows, (void *)request, &api->deadline, request->arena, &map, problem))
    return false;
  response->etag = bo_arena_strdup(request->arena, map.etag);
  if (response->etag == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  response->cache_control = "no-cache"; /* keep it, but ask each time */
  if (map.body == NULL) {
    response->status = 304;
    return true;
  }
  response->status = 200;
  response->content_type = BO_TYPE_JSON;
  response->body = map.body; /* lives in the office until its next operation: past the answer */
  response->length = map.length;
  return true;
}
