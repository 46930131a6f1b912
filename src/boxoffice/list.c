#include <string.h>

#include "boxoffice/counts.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"
#include "store/upcoming.h"
#include "util/log.h"

static void take_counts(struct bo_listed_show *show, const struct bo_board_reply *reply) {
  if (reply->total > 0) show->counts.total = (size_t)reply->total;
  show->counted = show->counts.total > 0 && reply->held >= 0;
  if (show->counted) show->counts = bo_counts_of(show->counts.total, reply);
}

/* False: no further board is worth asking. */
static bool ask_counts(struct bo_board_visit *visit, struct bo_listed_show *show) {
  struct bo_board_reply reply;
  struct bo_problem problem = {0};
  bool fine = bo_board_counts(visit->office->redis, visit->show_id, visit->deadline, visit->arena, &reply, &problem);
  if (fine && reply.verdict == BO_BOARD_STALE)
    fine = bo_board_load(visit, &problem) &&
           bo_board_counts(visit->office->redis, visit->show_id, visit->deadline, visit->arena, &reply, &problem);
  if (fine && reply.verdict == BO_BOARD_DONE) take_counts(show, &reply);
  if (!fine)
    bo_log((enum bo_log_level)bo_problem_log_level(problem.code), "show %s is listed without counts: %s", visit->show_id,
           problem.detail);
  return fine || problem.code == BO_PROBLEM_INTERNAL || problem.code == BO_PROBLEM_SHOW_NOT_FOUND; /* its own fault */
}

/* The time is looked at between boards, not handed on to them: a load that had to be short would fail, and its store be left
 * alone for a second. */
static void count_all(struct bo_office *office, struct bo_list_result *list, const struct bo_deadline *deadline,
                      struct bo_arena *arena) {
  struct bo_deadline until = bo_deadline_in(BO_LIST_COUNTS_MS);
  bool go_on = true;
  for (size_t i = 0; go_on && i < list->n && bo_deadline_left_ms(&until) > 0; i++) {
    struct bo_board_visit visit = {.office = office, .show_id = list->shows[i].mark.id, .deadline = deadline, .arena = arena};
    go_on = ask_counts(&visit, &list->shows[i]);
  }
}

bool bo_list(struct bo_office *office, const struct bo_list_mark *after, size_t limit, const struct bo_deadline *deadline,
             struct bo_arena *arena, struct bo_list_result *out, struct bo_problem *problem) {
  struct bo_upcoming *found;
  *out = (struct bo_list_result){0};
  if (!bo_upcoming_read(office->mongo, bo_clock_wall_ms(), after ? after->start_ms : 0, after ? after->id : NULL, limit + 1,
                        deadline, arena, &found, &out->n, problem))
    return false;
  out->more = out->n > limit;
  if (out->more) out->n = limit;
  out->shows = bo_arena_array(arena, out->n, sizeof *out->shows);
  if (!out->shows) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a list of shows");
  for (size_t i = 0; i < out->n; i++) {
    struct bo_listed_show *show = &out->shows[i];
    show->mark.start_ms = found[i].start_ms;
    memcpy(show->mark.id, found[i].id, sizeof show->mark.id);
    show->title = found[i].title;
    show->sale_opens_ms = found[i].sale_opens_ms;
    show->sale_closes_ms = found[i].sale_closes_ms;
    show->counts.total = found[i].total;
  }
  count_all(office, out, deadline, arena);
  return true;
}
