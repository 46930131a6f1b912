#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"

struct extend {
  struct bo_board_visit visit;
  struct bo_board_seats seats;
};

static bool ask_extend(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                       struct bo_problem *problem) {
  struct extend *extend = context;
  const struct bo_config *config = extend->visit.office->config;
  (void)show;
  return bo_board_extend(extend->visit.office->redis, ref, &extend->seats, (int64_t)config->hold_seconds * 1000,
                         (int64_t)config->hold_max_seconds * 1000, extend->visit.deadline, extend->visit.arena, reply,
                         problem);
}

bool bo_extend(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) {
  struct extend extend = {.visit = bo_visit_of(office, request, deadline, arena)};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_seats_check(request->seats, request->n_seats, office->config->max_seats, problem)) return false;
  if (!bo_holds_of(office, request, arena, &extend.seats, problem)) return false;
  if (!bo_board_ask(&extend.visit, ask_extend, &extend, &reply, &show, problem)) return false;
  if (reply.verdict == BO_BOARD_CLOSED) return bo_holds_refuse_closed(show, problem);
  if (reply.verdict != BO_BOARD_DONE) return bo_holds_refuse(&reply, problem);
  return bo_holds_result(request, &reply, arena, out, problem);
}
