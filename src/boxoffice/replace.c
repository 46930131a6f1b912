#include "boxoffice/replace.h"

#include "boxoffice/loader.h"
#include "boxoffice/state.h"
#include "store/sales.h"

static bool ask_map(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                    struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  (void)show;
  return bo_board_status(visit->office->redis, ref, "", "", visit->deadline, visit->arena, reply, problem);
}

/* A confirmation under way keeps its hold until its seats are sold: the board, loaded just now, shows the one or the other.
 * A document that no worker can read has no seats to hold. */
static bool no_hold(struct bo_board_visit *visit, struct bo_problem *problem) {
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_board_load(visit, problem) || !bo_board_ask(visit, ask_map, visit, &reply, &show, problem))
    return problem->code == BO_PROBLEM_INTERNAL;
  return !reply.held_seats[0] || bo_problem_set(problem, BO_PROBLEM_SEATS_UNAVAILABLE,
                                                "seats of a show of this title are held: it is not replaced");
}

/* What the show lacks may be sold, too. */
static bool no_sale(struct bo_board_visit *visit, struct bo_problem *problem) {
  struct bo_sale *sales;
  size_t n;
  if (!bo_sales_read(visit->office->mongo, visit->show_id, visit->deadline, visit->arena, &sales, &n, problem)) return false;
  return !n || bo_problem_set(problem, BO_PROBLEM_SEATS_SOLD, "a show of this title has bookings: it is not replaced");
}

static bool nobody_has_any(struct bo_office *office, const char *show_id, const struct bo_deadline *deadline,
                           struct bo_arena *arena, struct bo_problem *problem) {
  struct bo_board_visit visit = {.office = office, .show_id = show_id, .deadline = deadline, .arena = arena};
  return no_hold(&visit, problem) && no_sale(&visit, problem);
}

/* So that nothing is closed for an answer that is a no from the first. */
static bool look_first(struct bo_office *office, const struct bo_replacement *replacement, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_problem *problem) {
  for (size_t i = 0; i < replacement->n; i++)
    if (!nobody_has_any(office, replacement->shows[i].id, deadline, arena, problem)) return false;
  return true;
}

/* Sold for the first millisecond of 1970. */
static bool close_one(struct bo_office *office, struct bo_replacement *replacement, const struct bo_deadline *deadline,
                      struct bo_problem *problem) {
  struct bo_namesake closed = replacement->shows[replacement->n_closed];
  closed.sale_opens_ms = 0;
  closed.sale_closes_ms = 1;
  replacement->n_closed++; /* also where the outcome is unknown */
  return bo_catalogue_set_sale(office->mongo, &closed, deadline, problem);
}

bool bo_replace_close(struct bo_office *office, const char *title, const struct bo_deadline *deadline, struct bo_arena *arena,
                      struct bo_replacement *out, struct bo_problem *problem) {
  *out = (struct bo_replacement){0};
  if (!bo_catalogue_namesakes(office->mongo, title, deadline, arena, &out->shows, &out->n, problem) ||
      !look_first(office, out, deadline, arena, problem))
    return false;
  for (size_t i = 0; i < out->n; i++)
    if (!close_one(office, out, deadline, problem) ||
        !nobody_has_any(office, out->shows[i].id, deadline, arena, problem))
      return false;
  return true;
}

bool bo_replace_reopen(struct bo_office *office, struct bo_replacement *replacement, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_problem *problem) {
  bool fine = true;
  for (size_t i = 0; i < replacement->n_closed; i++) {
    struct bo_board_visit visit = {.office = office, .show_id = replacement->shows[i].id, .deadline = deadline, .arena = arena};
    struct bo_problem late;
    bool open = bo_catalogue_set_sale(office->mongo, &replacement->shows[i], deadline, problem);
    fine = fine && (open || problem->code == BO_PROBLEM_SHOW_NOT_FOUND);
    if (open && !bo_board_load(&visit, &late)) continue; /* the board is not told now, and learns of it by itself */
  }
  replacement->n_closed = 0;
  return fine;
}
