#include <stdio.h>
#include <string.h>

#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"

/* Part of each ETag: raised when the map's form changes, so that an upgrade never passes an old form for the new. */
#define MAP_FORM "3"

static bool ask_status(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                       struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  return bo_board_status(visit->office->redis, ref, show ? show->version : "", show ? show->live : "", visit->deadline,
                         visit->arena, reply, problem);
}

bool bo_seatmap(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_seatmap_result *out,
                struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_board_ask(&visit, ask_status, &visit, &reply, &show, problem)) return false;
  bool same = reply.verdict == BO_BOARD_SAME;
  *out = (struct bo_seatmap_result){0};
  snprintf(out->etag, sizeof out->etag, "\"" MAP_FORM "-%s-%s-%.16s\"", same ? show->version : reply.version,
           same ? show->live : reply.live, show->hash);
  /* Also where the client knows it: the next question then costs the board no list. */
  if (!same && !bo_show_take_map(show, &reply, problem)) return false;
  if (known_etag(context, out->etag)) return true;
  out->body = show->map.data;
  out->length = show->map.length;
  return true;
}
