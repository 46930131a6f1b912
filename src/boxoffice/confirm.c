/* Confirm: the record first, then let go. The life of a request, step by step:
 * announce -> record -> settle; `review` reads what MongoDB has wherever a seat may be sold already. */
#include <string.h>

#include "boxoffice/holds.h"
#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"
#include "store/bookings.h"
#include "util/log.h"
#include "util/random.h"

struct confirm {
  struct bo_board_visit visit;
  const struct bo_seats_request *request;
  struct bo_confirm_result *out;
  struct bo_board_seats todo; /* the seats not yet this user's */
  const char **todo_seats;
  char attempt[BO_RANDOM_HEX_SIZE]; /* of this pass; its entry is in `confirming` until it is settled */
  char *booking_id; /* new, in the arena: the result keeps it */
};

/* What comes next. */
enum step { STEP_ANNOUNCE, STEP_RECORD, STEP_BOOKED, STEP_FAILED };

static bool ask_begin(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                      struct bo_problem *problem) {
  struct confirm *confirm = context;
  (void)show;
  return bo_board_confirm_begin(confirm->visit.office->redis, ref, &confirm->todo, confirm->attempt, confirm->visit.deadline,
                                confirm->visit.arena, reply, problem);
}

/* MongoDB's word on all the seats of the request. */
struct review {
  size_t mine, others;
  const char **sold; /* of the request's seats */
  size_t n_sold;
  bool of_this_attempt; /* all of `todo` stand under our new bookingId */
};

static const struct bo_booking *booking_of(const struct bo_booking *bookings, size_t n, const char *seat) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(bookings[i].seat, seat) == 0) return &bookings[i];
  return NULL;
}

/* Reads the bookings of the request's seats, notes those of this user in the result, and leaves the others in `todo`.
 * Seats of other users become the problem's items. */
static bool review(struct confirm *confirm, struct review *review, struct bo_problem *problem) {
  const struct bo_seats_request *request = confirm->request;
  struct bo_booking *bookings;
  size_t n_bookings, n_todo = 0, ours = 0;
  if (!bo_bookings_find(confirm->visit.office->mongo, request->show_id, request->seats, request->n_seats,
                        confirm->visit.deadline, confirm->visit.arena, &bookings, &n_bookings, problem))
    return false;
  *review = (struct review){.sold = bo_arena_array(confirm->visit.arena, request->n_seats, sizeof *review->sold)};
  if (!review->sold) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  bo_problem_set(problem, BO_PROBLEM_SEATS_SOLD, "one or more of the seats are sold to another; nothing was booked");
  for (size_t i = 0; i < request->n_seats; i++) {
    const char *seat = request->seats[i];
    const struct bo_booking *booking = booking_of(bookings, n_bookings, seat);
    confirm->out->bookings[i] = (struct bo_confirm_booking){seat, NULL};
    if (!booking) {
      confirm->todo_seats[n_todo++] = seat;
      continue;
    }
    review->sold[review->n_sold++] = seat;
    if (strcmp(booking->user, request->user) != 0) {
      review->others++;
      bo_problem_add(problem, seat, "booked");
      continue;
    }
    review->mine++;
    confirm->out->bookings[i].booking_id = booking->booking_id;
    if (confirm->booking_id[0] && strcmp(booking->booking_id, confirm->booking_id) == 0) ours++;
  }
  review->of_this_attempt = n_todo == 0 && ours > 0 && ours == confirm->todo.n_seats;
  confirm->todo.n_seats = n_todo;
  return true;
}

static enum step already_booked(struct confirm *confirm) {
  confirm->out->already_booked = true;
  confirm->out->booking_id = confirm->out->bookings[0].booking_id;
  return STEP_BOOKED;
}

/* Step 3: seats sold on the board, holds let go, the entry out. Where this is lost, the entry's deadline makes the
 * board stale, and the next request reads the truth. Harmless where there is nothing to do. */
static void settle(struct confirm *confirm, const struct bo_board_seats *announced, bool whole, const char *const *sold,
                   size_t n_sold) {
  struct bo_problem problem = {0};
  if (!bo_board_confirm_finish(confirm->visit.office->redis, confirm->request->show_id, announced, confirm->attempt, whole,
                               sold, n_sold, confirm->visit.deadline, confirm->visit.arena, &problem))
    bo_log(BO_LOG_WARNING, "show %s: a confirmation was not settled on the board: %s", confirm->request->show_id,
           problem.detail);
}

/* The board says that seats are sold: MongoDB knows to whom. */
static enum step look_at_sold(struct confirm *confirm, const struct bo_board_reply *reply, struct bo_problem *problem) {
  const struct bo_board_seats nothing = {.user = confirm->request->user};
  struct review found;
  if (!review(confirm, &found, problem)) return STEP_FAILED;
  /* Sold by an attempt that is not settled: nobody may be told of a sale that the board does not know, and the holds
   * would count against the user's cap until they lapse. */
  if (found.n_sold > reply->n_seats || (found.mine && reply->own_holds))
    settle(confirm, &nothing, false, found.sold, found.n_sold);
  if (found.others) return STEP_FAILED;
  if (found.mine == confirm->request->n_seats) return already_booked(confirm);
  if (found.mine) return STEP_ANNOUNCE; /* the rest, if it is held by them */
  /* None is sold: the board knows less than MongoDB. */
  return bo_board_load(&confirm->visit, problem) ? STEP_ANNOUNCE : STEP_FAILED;
}

/* So near the hold's last end that a whole confirmation no longer fits; an earlier attempt may have made it. */
static enum step look_at_late(struct confirm *confirm, const struct bo_board_reply *reply, struct bo_problem *problem) {
  const struct bo_board_seats nothing = {.user = confirm->request->user};
  struct review found;
  bool read = review(confirm, &found, problem);
  if (read && found.n_sold) settle(confirm, &nothing, false, found.sold, found.n_sold);
  if (read && found.others) return STEP_FAILED;
  if (read && found.mine == confirm->request->n_seats) return already_booked(confirm);
  if (read && found.mine) return STEP_ANNOUNCE; /* the rest, as the board sees it by then */
  if (read && !reply->under_way) {
    (void)bo_holds_refuse(reply, problem);
    return STEP_FAILED;
  }
  if (read) bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "an earlier confirmation of the seats is not settled yet");
  problem->retry_after_s = BO_CONFIRM_NEED_MS / 1000;
  return STEP_FAILED;
}

/* Redis is down: what is booked already can still be told. */
static enum step tell_without_board(struct confirm *confirm, struct bo_problem *problem) {
  struct bo_problem ignored = {0};
  struct review found;
  if (problem->code != BO_PROBLEM_REDIS_UNAVAILABLE) return STEP_FAILED;
  if (!review(confirm, &found, &ignored) || found.mine != confirm->request->n_seats) return STEP_FAILED;
  return already_booked(confirm);
}

/* How many different labels the lists hold. */
static size_t count_labels(const char **labels, size_t n) {
  size_t different = 0;
  for (size_t i = 0; i < n; i++) {
    bool before = false;
    for (size_t j = 0; j < different && !before; j++) before = strcmp(labels[i], labels[j]) == 0;
    if (!before) labels[different++] = labels[i];
  }
  return different;
}

/* May the user own these seats too? What is bought is read after the seats were announced, and what was announced before
 * them counts as bought: so of two confirmations at once the later one sees the earlier. */
static enum step look_at_owned(struct confirm *confirm, const struct bo_board_reply *reply, long most,
                               struct bo_problem *problem) {
  const struct bo_board_seats *todo = &confirm->todo;
  const char **owned, **all;
  size_t n_owned, n = 0;
  if (!bo_bookings_owned(confirm->visit.office->mongo, confirm->request->show_id, todo->user, most + 1, confirm->visit.deadline,
                         confirm->visit.arena, &owned, &n_owned, problem)) {
    settle(confirm, todo, false, NULL, 0);
    return STEP_FAILED;
  }
  all = bo_arena_array(confirm->visit.arena, n_owned + reply->n_seats + todo->n_seats, sizeof *all);
  if (!all) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
    return STEP_FAILED; /* the entry's deadline settles it */
  }
  for (size_t i = 0; i < n_owned; i++) all[n++] = owned[i];
  for (size_t i = 0; i < reply->n_seats; i++) all[n++] = reply->seats[i].seat;
  for (size_t i = 0; i < todo->n_seats; i++) all[n++] = todo->seats[i];
  if (count_labels(all, n) <= (size_t)most) return STEP_RECORD;
  settle(confirm, todo, false, NULL, 0);
  bo_problem_set(problem, BO_PROBLEM_OWNED_LIMIT, "one user may buy %ld seats of this show, and has bought %zu", most, n_owned);
  for (size_t i = 0; i < todo->n_seats; i++) bo_problem_add(problem, todo->seats[i], "limit");
  return STEP_FAILED;
}

/* Step 1: attempt and seats go into `confirming`, the holds are made to outlive the attempt. */
static enum step announce(struct confirm *confirm, struct bo_problem *problem) {
  struct bo_board_reply reply;
  struct bo_show *show;
  if (!bo_random_hex(confirm->attempt, problem)) return STEP_FAILED;
  if (!bo_board_ask(&confirm->visit, ask_begin, confirm, &reply, &show, problem)) return tell_without_board(confirm, problem);
  switch (reply.verdict) {
    case BO_BOARD_DONE: {
      long most = bo_holds_owned_cap(confirm->visit.office->config, show);
      return most ? look_at_owned(confirm, &reply, most, problem) : STEP_RECORD;
    }
    case BO_BOARD_SOLD: return look_at_sold(confirm, &reply, problem);
    case BO_BOARD_LATE: return look_at_late(confirm, &reply, problem);
    default: (void)bo_holds_refuse(&reply, problem); return STEP_FAILED;
  }
}

static enum step booked_now(struct confirm *confirm) {
  confirm->out->booking_id = confirm->booking_id;
  for (size_t i = 0; i < confirm->request->n_seats; i++)
    if (!confirm->out->bookings[i].booking_id) confirm->out->bookings[i].booking_id = confirm->booking_id;
  return STEP_BOOKED;
}

/* E11000: somebody's documents are there, perhaps our own of a try whose answer was lost. */
static enum step look_at_duplicate(struct confirm *confirm, struct bo_problem *problem) {
  struct bo_board_seats announced = confirm->todo;
  struct review found;
  announced.seats = bo_arena_array(confirm->visit.arena, announced.n_seats, sizeof *announced.seats);
  if (!announced.seats) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
    return STEP_FAILED; /* the entry's deadline settles it */
  }
  memcpy((void *)announced.seats, confirm->todo.seats, announced.n_seats * sizeof *announced.seats);
  if (!review(confirm, &found, problem)) return STEP_FAILED;
  if (found.of_this_attempt) {
    settle(confirm, &announced, true, announced.seats, announced.n_seats);
    return booked_now(confirm);
  }
  if (confirm->todo.n_seats == announced.n_seats) { /* refused, and yet not to be seen: the entry must stay */
    bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "the seats are being sold; who gets them is not settled yet");
    return STEP_FAILED;
  }
  settle(confirm, &announced, false, found.sold, found.n_sold);
  if (found.mine == confirm->request->n_seats) return already_booked(confirm);
  return found.others ? STEP_FAILED : STEP_ANNOUNCE;
}

/* Step 2: one document a seat, all or none. */
static enum step record(struct confirm *confirm, struct bo_problem *problem) {
  const struct bo_board_seats *todo = &confirm->todo;
  bo_bookings_new_id(confirm->booking_id);
  switch (bo_bookings_insert(confirm->visit.office->mongo, confirm->request->show_id, todo->user, confirm->booking_id,
                             todo->seats, todo->n_seats, confirm->visit.deadline, problem)) {
    case BO_INSERT_DONE: settle(confirm, todo, true, todo->seats, todo->n_seats); return booked_now(confirm);
    case BO_INSERT_DUPLICATE: return look_at_duplicate(confirm, problem);
    case BO_INSERT_REFUSED: settle(confirm, todo, false, NULL, 0); return STEP_FAILED;
    case BO_INSERT_UNKNOWN: break; /* hold and entry stay: nobody else gets the seats, and a retry settles it */
  }
  problem->retry_after_s = 2;
  return STEP_FAILED;
}

static bool begin(struct confirm *confirm, struct bo_problem *problem) {
  const struct bo_seats_request *request = confirm->request;
  struct bo_arena *arena = confirm->visit.arena;
  confirm->out->bookings = bo_arena_array(arena, request->n_seats, sizeof *confirm->out->bookings);
  confirm->todo_seats = bo_arena_array(arena, request->n_seats, sizeof *confirm->todo_seats);
  confirm->booking_id = bo_arena_alloc(arena, BO_BOOKING_ID_SIZE); /* "" until there is something to record */
  if (!confirm->out->bookings || !confirm->todo_seats || !confirm->booking_id)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  for (size_t i = 0; i < request->n_seats; i++) {
    confirm->out->bookings[i].seat = request->seats[i];
    confirm->todo_seats[i] = request->seats[i];
  }
  if (!bo_holds_of(confirm->visit.office, request, arena, &confirm->todo, problem)) return false;
  confirm->todo.seats = confirm->todo_seats;
  return true;
}

bool bo_confirm(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                struct bo_arena *arena, struct bo_confirm_result *out, struct bo_problem *problem) {
  struct confirm confirm = {
      .visit = bo_visit_of(office, request, deadline, arena),
      .request = request,
      .out = out,
  };
  enum step step = STEP_ANNOUNCE;
  *out = (struct bo_confirm_result){0};
  if (!bo_seats_check(request->seats, request->n_seats, office->config->max_seats, problem)) return false;
  if (!begin(&confirm, problem)) return false;
  for (int pass = 0; step == STEP_ANNOUNCE && pass < BO_BOARD_TRIES; pass++) {
    step = announce(&confirm, problem);
    if (step == STEP_RECORD) step = record(&confirm, problem);
  }
  if (step == STEP_ANNOUNCE)
    return bo_problem_set(problem, BO_PROBLEM_BOARD_BUSY, "the seats changed under each attempt to confirm them");
  return step == STEP_BOOKED;
}
