/* For boxoffice-seed: seats are taken off sale, or put on sale again, while the show is sold: the document first, then the board. */
#include <string.h>

#include "boxoffice/loader.h"
#include "boxoffice/office.h"
#include "boxoffice/seats.h"
#include "boxoffice/state.h"
#include "store/blocking.h"
#include "store/bookings.h"

struct change {
  struct bo_board_visit visit;
  bool blocked; /* what the seats are to be */
  const char **todo; /* those that are not so yet */
  size_t n;
  bool laid_out;
};

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
}

/* As MongoDB has the show now: a board may be some seconds older. */
static struct bo_show *read_show(struct change *change, struct bo_problem *problem) {
  struct bo_show_bytes bytes;
  const struct bo_board_visit *visit = &change->visit;
  bool fine = bo_shows_read(visit->office->mongo, visit->show_id, visit->deadline, visit->arena, &bytes, problem);
  return fine ? bo_show_new("", &bytes, problem) : NULL;
}

static bool look_up(struct change *change, const struct bo_seats_request *request, struct bo_problem *problem) {
  struct bo_show *show = read_show(change, problem);
  bool fine = show && bo_seats_known(show, request->seats, request->n_seats, problem);
  change->todo = bo_arena_array(change->visit.arena, request->n_seats, sizeof *change->todo);
  if (fine && !change->todo) {
    fine = false;
    (void)no_memory(problem);
  }
  for (size_t i = 0; fine && i < request->n_seats; i++) {
    size_t index = bo_show_seat(show, request->seats[i], strlen(request->seats[i]));
    if (show->record.seats[index].blocked != change->blocked) change->todo[change->n++] = request->seats[i];
  }
  if (fine) change->laid_out = show->record.has_layout;
  bo_show_free(show);
  return fine;
}

/* A sold seat is not taken off sale in passing: somebody has it. */
static bool refuse_sold(struct change *change, struct bo_problem *problem) {
  const struct bo_board_visit *visit = &change->visit;
  const char **sold;
  size_t n_sold;
  bool fine = true;
  if (!bo_bookings_sold(visit->office->mongo, visit->show_id, visit->deadline, visit->arena, &sold, &n_sold, problem))
    return false;
  for (size_t i = 0; i < change->n; i++) {
    for (size_t j = 0; j < n_sold; j++) {
      if (strcmp(change->todo[i], sold[j]) != 0) continue;
      if (fine) fine = bo_problem_set(problem, BO_PROBLEM_SEATS_SOLD, "sold; nothing was changed. Cancel the bookings first");
      bo_problem_add(problem, sold[j], "booked");
    }
  }
  return fine;
}

static bool ask_map(void *context, const struct bo_board_ref *ref, struct bo_show *show, struct bo_board_reply *reply,
                    struct bo_problem *problem) {
  struct bo_board_visit *visit = context;
  return bo_board_status(visit->office->redis, ref, show ? show->version : "", show ? show->live : "", visit->deadline,
                         visit->arena, reply, problem);
}

/* A load that begins now reads the new document, and no older load can put the old one back. */
static bool reach_board(struct change *change, const struct bo_seats_request *request, struct bo_block_result *out,
                        struct bo_problem *problem) {
  struct bo_board_reply reply;
  struct bo_show *show;
  out->states = bo_arena_array(change->visit.arena, request->n_seats, sizeof *out->states);
  if (!out->states) return no_memory(problem);
  if (!bo_board_load(&change->visit, problem) || !bo_board_ask(&change->visit, ask_map, &change->visit, &reply, &show, problem) ||
      (reply.verdict == BO_BOARD_MAP && !bo_show_take_map(show, &reply, problem)))
    return false;
  for (size_t i = 0; i < request->n_seats; i++) {
    size_t index = bo_show_seat(show, request->seats[i], strlen(request->seats[i]));
    unsigned state = index == SIZE_MAX ? BO_SEAT_AVAILABLE : show->states[index];
    out->states[i] = state == BO_SEAT_HELD ? BO_BLOCK_HELD : state == BO_SEAT_BOOKED ? BO_BLOCK_BOOKED : BO_BLOCK_FREE;
  }
  return true;
}

bool bo_block(struct bo_office *office, const struct bo_seats_request *request, bool blocked,
              const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_block_result *out,
              struct bo_problem *problem) {
  struct change change = {.visit = {.office = office, .show_id = request->show_id, .deadline = deadline, .arena = arena},
                          .blocked = blocked};
  *out = (struct bo_block_result){0};
  if (!look_up(&change, request, problem) || (blocked && !refuse_sold(&change, problem))) return false;
  if (change.n && !bo_blocking_set(office->mongo, request->show_id, change.todo, change.n, blocked, change.laid_out, deadline,
                                   problem))
    return false;
  out->stored = true;
  out->n_changed = change.n;
  return reach_board(&change, request, out, problem);
}
