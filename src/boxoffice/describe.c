#include <stdio.h>

#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"

/* Any question will do: what matters is that the board has named the worker's copy. */
static bool ask_which_show(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                           struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  (void)show;
  return bo_board_summary(visit->office->redis, ref, visit->deadline, visit->arena, reply, problem);
}

bool bo_describe(struct bo_office *office, const char *show_id, bo_etag_known *known_etag, void *context,
                 const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_describe_result *out,
                 struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  struct bo_board_reply reply;
  struct bo_show *show;
  char tag[BO_SHOW_ETAG_SIZE];
  if (!bo_board_ask(&visit, ask_which_show, &visit, &reply, &show, problem)) return false;
  bo_show_etag(show, tag);
  snprintf(out->etag, sizeof out->etag, "\"%s\"", tag);
  out->show = known_etag(context, out->etag) ? NULL : &show->record;
  return true;
}
