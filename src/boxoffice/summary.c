#include "boxoffice/counts.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"

static bool ask_summary(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  (void)show;
  return bo_board_summary(visit->office->redis, ref, visit->deadline, visit->arena, reply, problem);
}

static bool count(struct bo_show *show, const struct bo_board_reply *reply, struct bo_counts *out,
                  struct bo_problem *problem) {
  size_t counts[BO_SEAT_STATUSES];
  if (reply->verdict == BO_BOARD_DONE) {
    *out = bo_counts_of(show->record.n_seats, reply);
    return true;
  }
  /* The show was changed: the board may count seats that it lacks. */
  if (!bo_show_take_map(show, reply, problem)) return false;
  bo_show_count(show, counts);
  *out = (struct bo_counts){.total = show->record.n_seats, .booked = counts[BO_SEAT_BOOKED], .held = counts[BO_SEAT_HELD],
                            .blocked = counts[BO_SEAT_BLOCKED], .available = counts[BO_SEAT_AVAILABLE]};
  return true;
}

bool bo_summary(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_summary_result *out, struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_board_ask(&visit, ask_summary, &visit, &reply, &show, problem)) return false;
  out->title = show->record.title;
  return count(show, &reply, &out->counts, problem);
}
