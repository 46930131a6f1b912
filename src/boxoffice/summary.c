#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"

static bool ask_summary(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  (void)show;
  return bo_board_summary(visit->office->redis, ref, visit->deadline, visit->arena, reply, problem);
}

bool bo_summary(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_summary_result *out, struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_board_ask(&visit, ask_summary, &visit, &reply, &show, problem)) return false;
  size_t held = (size_t)reply.held, booked = (size_t)reply.sold, total = show->record.n_seats;
  *out = (struct bo_summary_result){.title = show->record.title, .total = total, .booked = booked, .held = held};
  /* A layout that was changed may leave holds of seats that are no more. */
  out->available = held + booked <= total ? total - held - booked : 0;
  return true;
}
