/* Boards: asked, and loaded from MongoDB where they can't be trusted. */
#ifndef BO_BOXOFFICE_LOADER_H
#define BO_BOXOFFICE_LOADER_H

#include "boxoffice/office.h"
#include "boxoffice/show.h"

/* One question to a board (a script of store/board). `show` is the worker's copy of the show, or NULL where it has
 * none yet: then the answer can only be BO_BOARD_STALE or BO_BOARD_SHOW. */
typedef bool bo_board_question(void *context, const struct bo_board_ref *ref, struct bo_show *show,
                               struct bo_board_reply *reply, struct bo_problem *problem);

struct bo_board_visit {
  struct bo_office *office;
  const char *show_id;
  const char *const *seats; /* seats that the show must have, or NULL */
  size_t n_seats;
  const struct bo_deadline *deadline;
  struct bo_arena *arena;
  char mark[BO_BOARD_NUMBER_SIZE]; /* of the last load, which an operation that waited for it trusts; "" at first */
  bool ahead;                      /* nobody waits for it: for the metrics */
  int loads;                       /* begun so far: BO_BOARD_TRIES at most in one request */
  bool prove_first;                /* the next load is to prove its server before it reads */
};

/* Of a request that names seats. */
struct bo_board_visit bo_visit_of(struct bo_office *office, const struct bo_seats_request *request,
                                  const struct bo_deadline *deadline, struct bo_arena *arena);

/* Loads the board of a show: where it stands, then MongoDB, then the merge; begun again where Redis was lost or
 * emptied in between, or MongoDB's primary moved. SHOW_NOT_FOUND, BOARD_BUSY, and the stores' problems. */
bool bo_board_load(struct bo_board_visit *visit, struct bo_problem *problem) BO_MUST_CHECK;

/* Asks until the board answers: loads it where it is stale, takes the show's copy where the worker's differs.
 * On success *show is the copy that belongs to the answer. UNKNOWN_SEAT, and as bo_board_load. */
bool bo_board_ask(struct bo_board_visit *visit, bo_board_question *question, void *context, struct bo_board_reply *reply,
                  struct bo_show **show, struct bo_problem *problem) BO_MUST_CHECK;

#endif
