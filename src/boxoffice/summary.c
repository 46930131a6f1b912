#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"

static bool ask_summary(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  return bo_board_summary(visit->office->redis, ref, show ? show->blocked : NULL, show ? show->record.n_blocked : 0,
                          visit->deadline, visit->arena, reply, problem);
}

/* Of what is left; the board's own counts are not believed to fit. */
static size_t take(size_t *left, int64_t count) {
  size_t taken = count < 0 ? 0 : (size_t)count < *left ? (size_t)count : *left;
  *left -= taken;
  return taken;
}

static bool count(struct bo_show *show, const struct bo_board_reply *reply, struct bo_summary_result *out,
                  struct bo_problem *problem) {
  size_t counts[BO_SEAT_STATUSES];
  *out = (struct bo_summary_result){.title = show->record.title, .total = show->record.n_seats};
  if (!reply->held_seats) {
    out->available = out->total;
    out->booked = take(&out->available, reply->sold);
    out->held = take(&out->available, reply->held);
    out->blocked = take(&out->available, (int64_t)show->record.n_blocked - reply->blocked_taken);
    return true;
  }
  /* The show was changed: the board may count seats that it lacks. */
  if (!bo_show_take_map(show, reply, problem)) return false;
  bo_show_count(show, counts);
  out->booked = counts[BO_SEAT_BOOKED];
  out->held = counts[BO_SEAT_HELD];
  out->blocked = counts[BO_SEAT_BLOCKED];
  out->available = counts[BO_SEAT_AVAILABLE];
  return true;
}

bool bo_summary(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_summary_result *out, struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  struct bo_board_reply reply;
  struct bo_show *show;
  return bo_board_ask(&visit, ask_summary, &visit, &reply, &show, problem) && count(show, &reply, out, problem);
}
