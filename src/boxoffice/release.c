#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"

struct release {
  struct bo_board_visit visit;
  struct bo_board_seats seats;
};

static bool ask_release(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct release *release = context;
  (void)show;
  return bo_board_release(release->visit.office->redis, ref, &release->seats, release->visit.deadline, release->visit.arena,
                          reply, problem);
}

bool bo_release(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_release_result *out, struct bo_problem *problem) {
  struct release release = {.visit = bo_visit_of(office, request, deadline, arena)};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_seats_check(request->seats, request->n_seats, office->config->max_seats, problem)) return false;
  if (!bo_holds_of(office, request, arena, &release.seats, problem)) return false;
  if (!bo_board_ask(&release.visit, ask_release, &release, &reply, &show, problem)) return false;
  if (reply.verdict != BO_BOARD_DONE) return bo_holds_refuse(&reply, problem);
  out->released = (size_t)reply.held;
  return true;
}
