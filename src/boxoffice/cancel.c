/* Cancel: the record first, then the board. The life of a request, step by step: look_up -> ask -> move -> settle. */
#include <string.h>

#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/state.h"
#include "store/cancellations.h"
#include "util/log.h"

/* One user's tickets of one show, to be given back together. */
struct cancel {
  struct bo_board_visit visit;
  const char *user;
  const struct bo_ticket **tickets;
  const char **seats; /* of the tickets */
  size_t n;
  const char **sold_at; /* where `ask` saw them, and through which connection */
  unsigned connection;
  char cancellation_id[BO_BOOKING_ID_SIZE]; /* of this request */
  int64_t now_ms;
};

/* What became of them. */
enum outcome { OUTCOME_MOVED, OUTCOME_CHANGED, OUTCOME_FAILED };

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
}

static bool begin(struct cancel *cancel, struct bo_office *office, size_t most, const struct bo_deadline *deadline,
                  struct bo_arena *arena, struct bo_problem *problem) {
  *cancel = (struct cancel){.visit = {.office = office, .deadline = deadline, .arena = arena}, .now_ms = bo_clock_wall_ms()};
  cancel->tickets = bo_arena_array(arena, most, sizeof *cancel->tickets);
  cancel->seats = bo_arena_array(arena, most, sizeof *cancel->seats);
  bo_bookings_new_id(cancel->cancellation_id);
  return (cancel->tickets && cancel->seats) || no_memory(problem);
}

static void take(struct cancel *cancel, const struct bo_ticket *ticket) {
  cancel->visit.show_id = ticket->show_id;
  cancel->user = ticket->user;
  cancel->seats[cancel->n] = ticket->seat;
  cancel->tickets[cancel->n++] = ticket;
}

/* Step 1: the board says that no confirmation is under way, and where the seats stand. */
static bool ask_begin(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                      struct bo_problem *problem) {
  struct cancel *cancel = context;
  (void)show;
  return bo_board_cancel_begin(cancel->visit.office->redis, ref, cancel->seats, cancel->n, cancel->visit.deadline,
                               cancel->visit.arena, reply, problem);
}

/* The board does not know of the sale of a seat that the show has. */
static bool one_unknown(const struct cancel *cancel, const struct bo_show *show, const char *const *sold_at) {
  for (size_t i = 0; i < cancel->n; i++)
    if (!sold_at[i][0] && bo_show_seat(show, cancel->seats[i], strlen(cancel->seats[i])) != SIZE_MAX) return true;
  return false;
}

/* A board that does not know of the sale would let a confirmation begin: it is loaded first. */
static bool ask(struct cancel *cancel, struct bo_problem *problem) {
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_board_ask(&cancel->visit, ask_begin, cancel, &reply, &show, problem)) return false;
  if (reply.verdict == BO_BOARD_CONFIRMING) {
    bo_problem_set(problem, BO_PROBLEM_CONFIRMING, "a confirmation of the seats is under way; they were not cancelled");
    for (size_t i = 0; i < reply.n_seats; i++) bo_problem_add(problem, reply.seats[i].seat, "confirming");
    return false;
  }
  if (one_unknown(cancel, show, reply.sold_at))
    return cancel->visit.loads ? bo_problem_set(problem, BO_PROBLEM_BOARD_BUSY, "the seats change while they are cancelled")
                               : bo_board_load(&cancel->visit, problem) && ask(cancel, problem);
  cancel->sold_at = reply.sold_at;
  cancel->connection = reply.connection;
  return true;
}

/* Step 3: the seats are free on the board. Where this is lost they show as booked until the next load frees them. */
static void settle(struct cancel *cancel) {
  const struct bo_board_seats seats = {.user = cancel->user, .seats = cancel->seats, .n_seats = cancel->n};
  struct bo_problem problem = {0};
  if (!bo_board_cancel_finish(cancel->visit.office->redis, cancel->visit.show_id, &seats, cancel->sold_at,
                              cancel->connection, cancel->visit.deadline, cancel->visit.arena, &problem))
    bo_log(BO_LOG_WARNING, "show %s: a cancellation was not settled on the board: %s", cancel->visit.show_id, problem.detail);
}

/* All three steps; the second one is MongoDB's. */
static enum outcome give_back(struct cancel *cancel, struct bo_problem *problem) {
  if (!ask(cancel, problem)) return OUTCOME_FAILED;
  switch (bo_tickets_cancel(cancel->visit.office->mongo, cancel->tickets, cancel->n, cancel->cancellation_id, cancel->now_ms,
                            cancel->visit.deadline, problem)) {
    case BO_CANCEL_DONE: settle(cancel); return OUTCOME_MOVED;
    case BO_CANCEL_CHANGED: return OUTCOME_CHANGED;
    case BO_CANCEL_UNKNOWN: problem->retry_after_s = 2; break;
    case BO_CANCEL_REFUSED: break;
  }
  return OUTCOME_FAILED;
}

/* ---- a booking, as MongoDB has it */

static const struct bo_ticket *ticket_of(const struct bo_ticket *tickets, size_t n, const char *seat) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(tickets[i].seat, seat) == 0) return &tickets[i];
  return NULL;
}

/* All of one show, as we write them: what another program put under the id besides is passed over. */
static size_t keep_one_show(struct bo_ticket *tickets, size_t n) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    if (!tickets[i].show_id[0] || !tickets[i].seat[0] || strcmp(tickets[i].show_id, tickets[kept ? 0 : i].show_id) != 0)
      bo_log(BO_LOG_WARNING, "booking %s: a document that is not of one show with the others", tickets[i].booking_id);
    else
      tickets[kept++] = tickets[i];
  }
  return kept;
}

static bool read_booking(struct bo_office *office, const char *booking_id, const char *user,
                         const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_ticket **tickets, size_t *n,
                         struct bo_problem *problem) {
  if (!bo_tickets_of_booking(office->mongo, booking_id, user, deadline, arena, tickets, n, problem)) return false;
  *n = keep_one_show(*tickets, *n);
  return *n > 0 || bo_problem_set(problem, BO_PROBLEM_BOOKING_NOT_FOUND, "this user has no booking of this id");
}

static bool describe(const struct bo_ticket *const *tickets, size_t n, struct bo_arena *arena, struct bo_booking_result *out,
                     struct bo_problem *problem) {
  *out = (struct bo_booking_result){.show_id = tickets[0]->show_id, .user = tickets[0]->user,
                                    .created_ms = tickets[0]->created_ms, .n_seats = n};
  out->seats = bo_arena_array(arena, n, sizeof *out->seats);
  if (!out->seats) return no_memory(problem);
  for (size_t i = 0; i < n; i++)
    out->seats[i] = (struct bo_booked_seat){tickets[i]->seat, tickets[i]->cancelled_ms, tickets[i]->cancellation_id};
  return true;
}

/* The tickets asked for, in that order. */
static bool choose(const struct bo_cancel_request *request, const struct bo_ticket *tickets, size_t n,
                   struct bo_arena *arena, const struct bo_ticket ***chosen, size_t *n_chosen, struct bo_problem *problem) {
  bool fine = true;
  *n_chosen = request->n_seats ? request->n_seats : n;
  *chosen = bo_arena_array(arena, *n_chosen, sizeof **chosen);
  if (!*chosen) return no_memory(problem);
  for (size_t i = 0; i < *n_chosen; i++) {
    (*chosen)[i] = request->n_seats ? ticket_of(tickets, n, request->seats[i]) : &tickets[i];
    if ((*chosen)[i]) continue;
    if (fine) fine = bo_problem_set(problem, BO_PROBLEM_UNKNOWN_SEAT, "the booking has no such seat");
    bo_problem_add(problem, request->seats[i], "unknown");
  }
  return fine;
}

bool bo_booking(struct bo_office *office, const char *booking_id, const char *user, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_booking_result *out, struct bo_problem *problem) {
  const struct bo_cancel_request all = {.user = user};
  const struct bo_ticket **chosen;
  struct bo_ticket *tickets;
  size_t n;
  return read_booking(office, booking_id, user, deadline, arena, &tickets, &n, problem) &&
         choose(&all, tickets, n, arena, &chosen, &n, problem) && describe(chosen, n, arena, out, problem);
}

/* ---- cancel */

/* What there is, and what of it is still to be given back. `*ours`: seats that this request has given back, its answer lost. */
static bool look_up(struct cancel *cancel, const struct bo_cancel_request *request, bool *ours,
                    struct bo_cancel_result *out, struct bo_problem *problem) {
  struct bo_arena *arena = cancel->visit.arena;
  const struct bo_ticket **chosen;
  struct bo_ticket *tickets;
  size_t n;
  if (!read_booking(cancel->visit.office, request->booking_id, request->user, cancel->visit.deadline, arena, &tickets, &n,
                    problem) ||
      !choose(request, tickets, n, arena, &chosen, &n, problem) || !describe(chosen, n, arena, &out->booking, problem))
    return false;
  for (size_t i = 0; i < n; i++) *ours = *ours || strcmp(chosen[i]->cancellation_id, cancel->cancellation_id) == 0;
  if (*ours && cancel->n) settle(cancel);
  cancel->n = 0;
  for (size_t i = 0; i < n; i++)
    if (!chosen[i]->cancelled_ms) take(cancel, chosen[i]);
  return true;
}

static bool cancelled_now(const struct cancel *cancel, struct bo_cancel_result *out, struct bo_problem *problem) {
  const char *id = bo_arena_strdup(cancel->visit.arena, cancel->cancellation_id);
  if (!id) return no_memory(problem);
  for (size_t i = 0; i < out->booking.n_seats; i++) {
    struct bo_booked_seat *seat = &out->booking.seats[i];
    if (!seat->cancelled_ms) *seat = (struct bo_booked_seat){seat->seat, cancel->now_ms, id};
  }
  return true;
}

bool bo_cancel(struct bo_office *office, const struct bo_cancel_request *request, const struct bo_deadline *deadline,
               struct bo_arena *arena, struct bo_cancel_result *out, struct bo_problem *problem) {
  struct cancel cancel;
  bool ours = false;
  *out = (struct bo_cancel_result){0};
  if (!begin(&cancel, office, 2 * (size_t)BO_PROBLEM_ITEMS_MAX, deadline, arena, problem)) return false;
  for (int pass = 0; pass < BO_BOARD_TRIES; pass++) {
    if (!look_up(&cancel, request, &ours, out, problem)) return false;
    out->already_cancelled = cancel.n == 0 && !ours;
    if (cancel.n == 0) return true;
    switch (give_back(&cancel, problem)) {
      case OUTCOME_MOVED: return cancelled_now(&cancel, out, problem);
      case OUTCOME_FAILED: return false;
      case OUTCOME_CHANGED: break; /* by whom, the next look tells */
    }
  }
  return bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "the booking is being cancelled; how that ends is not settled yet");
}

/* Of the first ticket's booking; those of the Node program, which have no id, by their user. */
static void take_one_booking(struct cancel *cancel, const struct bo_ticket *tickets, size_t n) {
  cancel->n = 0;
  for (size_t i = 0; i < n; i++)
    if (strcmp(tickets[i].user, tickets[0].user) == 0 && strcmp(tickets[i].booking_id, tickets[0].booking_id) == 0)
      take(cancel, &tickets[i]);
}

bool bo_cancel_seats(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                     struct bo_arena *arena, size_t *n_cancelled, struct bo_problem *problem) {
  size_t n = 0;
  *n_cancelled = 0;
  for (int changes = 0; changes < BO_BOARD_TRIES;) {
    struct cancel cancel;
    struct bo_ticket *tickets;
    if (!begin(&cancel, office, BO_PROBLEM_ITEMS_MAX, deadline, arena, problem) ||
        !bo_tickets_of_seats(office->mongo, request->show_id, request->seats, request->n_seats, deadline, arena, &tickets, &n,
                             problem))
      return false;
    if (n == 0) return true;
    take_one_booking(&cancel, tickets, n);
    cancel.visit.show_id = request->show_id; /* whatever another program's document has there besides */
    switch (give_back(&cancel, problem)) {
      case OUTCOME_MOVED: *n_cancelled += cancel.n; break;
      case OUTCOME_FAILED: return false;
      case OUTCOME_CHANGED: changes++; break;
    }
  }
  return bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "the seats are being cancelled; how that ends is not settled yet");
}
