#include <string.h>

#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"
#include "util/metrics.h"

struct hold {
  struct bo_board_visit visit;
  struct bo_board_seats seats;
  struct bo_new_hold fresh; /* what the seats get that are granted now */
};

static bool ask_hold(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                     struct bo_problem *problem) {
  struct hold *hold = context;
  const struct bo_config *config = hold->visit.office->config;
  const char *blocked = show ? bo_seats_blocked(show, hold->seats.seats, hold->seats.n_seats, hold->visit.arena) : "";
  return bo_board_hold(hold->visit.office->redis, ref, &hold->seats, blocked, hold->fresh.hold_id, hold->fresh.token,
                       (int64_t)config->hold_seconds * 1000, bo_holds_cap(config, show), hold->visit.deadline, hold->visit.arena, reply,
                       problem);
}

/* Were any of the seats granted now? */
static bool is_new(const struct hold *hold, const struct bo_hold_result *out) {
  for (size_t i = 0; i < hold->seats.n_seats; i++)
    if (strcmp(out->seats[i].hold_id, hold->fresh.hold_id) == 0) return true;
  return false;
}

static void count_refused(const char *reason) {
  bo_metrics_add(strcmp(reason, "booked") == 0    ? BO_COUNTER_REFUSED_BOOKED
                 : strcmp(reason, "blocked") == 0 ? BO_COUNTER_REFUSED_BLOCKED
                                                  : BO_COUNTER_REFUSED_HELD,
                 1);
}

static bool refuse(const struct bo_board_reply *reply, struct bo_problem *problem) {
  bo_problem_set(problem, BO_PROBLEM_SEATS_UNAVAILABLE, "one or more of the seats are held, sold or not for sale; nothing was held");
  for (size_t i = 0; i < reply->n_seats; i++) {
    bo_problem_add(problem, reply->seats[i].seat, reply->seats[i].reason);
    count_refused(reply->seats[i].reason);
  }
  return false;
}

static bool refuse_past_cap(const struct hold *hold, const struct bo_show *show, const struct bo_board_reply *reply,
                            struct bo_problem *problem) {
  (void)bo_holds_refuse_limit(hold->visit.office->config, show, reply, problem);
  for (size_t i = 0; i < hold->seats.n_seats; i++) bo_problem_add(problem, hold->seats.seats[i], "limit");
  bo_metrics_add(BO_COUNTER_REFUSED_LIMIT, hold->seats.n_seats);
  return false;
}

bool bo_hold(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem) {
  struct hold hold = {.visit = bo_visit_of(office, request, deadline, arena)};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_seats_check(request->seats, request->n_seats, office->config->max_seats, problem)) return false;
  if (!bo_holds_of(office, request, arena, &hold.seats, problem)) return false;
  if (!bo_holds_new(request->hold_token ? hold.seats.proof : NULL, arena, &hold.fresh, problem)) return false;
  if (!bo_board_ask(&hold.visit, ask_hold, &hold, &reply, &show, problem)) return false;
  if (reply.verdict == BO_BOARD_REFUSED) return refuse(&reply, problem);
  if (reply.verdict == BO_BOARD_LIMIT) return refuse_past_cap(&hold, show, &reply, problem);
  if (reply.verdict == BO_BOARD_CLOSED) return bo_holds_refuse_closed(show, problem);
  if (reply.verdict == BO_BOARD_TOKEN) return bo_holds_refuse(&reply, problem);
  if (!bo_holds_result(request, &reply, arena, out, problem)) return false;
  if (is_new(&hold, out)) out->hold_token = hold.fresh.own_token;
  return true;
}
