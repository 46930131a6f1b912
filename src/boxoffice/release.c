#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"

struct release {
  struct bo_board_visit visit;
  struct bo_board_seats seats;
  bool made_twice; /* any of its calls */
};

static bool ask_release(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct release *release = context;
  (void)show;
  bool asked = bo_board_release(release->visit.office->redis, ref, &release->seats, release->visit.deadline,
                                release->visit.arena, reply, problem);
  release->made_twice |= bo_redis_made_twice(release->visit.office->redis);
  return asked;
}

/* A call that was made twice may have given the seats back at first, for others to take at once: that they refuse the second
 * one must not be told as if nothing had changed. */
static bool refuse(const struct release *release, const struct bo_board_reply *reply, struct bo_problem *problem) {
  return release->made_twice
             ? bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis: the connection broke, and it is not known whether the seats were given back; ask again")
             : bo_holds_refuse(reply, problem);
}

bool bo_release(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_release_result *out, struct bo_problem *problem) {
  struct release release = {.visit = bo_visit_of(office, request, deadline, arena)};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_seats_check(request->seats, request->n_seats, office->config->max_seats, problem)) return false;
  if (!bo_holds_of(office, request, arena, &release.seats, problem)) return false;
  if (!bo_board_ask(&release.visit, ask_release, &release, &reply, &show, problem)) return false;
  if (reply.verdict != BO_BOARD_DONE) return refuse(&release, &reply, problem);
  out->released = (size_t)reply.held;
  return true;
}
