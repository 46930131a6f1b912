/* GET /summary/{showId}: how many seats are booked, held, blocked and available. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/counts_json.h"
#include "boxoffice/id.h"
#include "http/json_write.h"

static void render(const struct bo_summary_result *summary, struct bo_buf *out) {
  char message[80];

  (void)snprintf(message, sizeof(message), "%zu of %zu seats are available", summary->counts.available, summary->counts.total);
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "movieTitle", summary->title);
  bo_counts_json_put(out, &summary->counts, true);
  bo_json_put_text(out, "message", message);
  bo_json_close(out, '}');
}

bool bo_api_summary(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  struct bo_summary_result summary = {0};
  struct bo_buf body = {0};

  if (!bo_show_id_parse(id, strlen(id), show_id, problem) ||
      !bo_summary(api->office, show_id, &api->deadline, request->arena, &summary, problem))
    return false;
  response->cache_control = "no-store";
  render(&summary, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
