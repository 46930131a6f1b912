/* The best seats for some people among those that are free: groups, in the order in which to try them. Pure.
 *
 * A group is better than another, the first difference deciding:
 * 1. in fewer parts: a part is seats side by side in one row;
 * 2. with fewer seats kept for those who need them (see below) that it does not need;
 * 3. leaving fewer orphans: single free seats with no free seat beside them. A seat for wheelchairs is none: it is meant
 *    to be sold alone;
 * 4. several parts: nearer together;
 * 5. nearer to the focus of the hall: where the layout has it, or in the middle and two thirds back.
 *
 * Kept are accessible seats and their companions. Who does not ask for them gets them when nothing else is left. Who
 * asks gets a group with one accessible seat at least, as many of its companions as there is room for, and no further
 * accessible seat or companion where that can be had. */
#ifndef BO_BOXOFFICE_BEST_H
#define BO_BOXOFFICE_BEST_H

#include <stdbool.h>
#include <stddef.h>

#include "store/shows.h"
#include "util/arena.h"
#include "util/problem.h"

struct bo_best_wish {
  size_t quantity; /* 1 at least */
  size_t category; /* index; BO_NONE: any */
  bool accessible;
};

/* `seat` would be an orphan of the group if it is free and `beside` is not, or is BO_NONE (a wall, an aisle). */
struct bo_best_orphan {
  size_t seat, beside;
};

struct bo_best_group {
  const size_t *seats;            /* `quantity` of them, in the order of the hall */
  struct bo_best_orphan orphans[2]; /* to be avoided: a group in one part that leaves none */
  size_t n_orphans;
};

/* The groups have no seat in common. Each is the best that those before it leave, as if they had been granted (in several
 * parts: one of the best); so that clients who ask for the same at once each find one. */
struct bo_best_offer {
  struct bo_best_group *groups;
  size_t n_groups;
  size_t left; /* seats that are free for such a wish */
};

/* At most `most` groups, which may end earlier: where the next would leave an orphan that the first does not, the board
 * should be looked at again. `open` has a byte for each seat, not 0 where it is free. All in the arena. No group: no `quantity`
 * seats are free for the wish. OUT_OF_MEMORY. */
bool bo_best_rank(const struct bo_show_record *hall, const unsigned char *open, const struct bo_best_wish *wish, size_t most,
                  struct bo_arena *arena, struct bo_best_offer *offer, struct bo_problem *problem) BO_MUST_CHECK;

/* The `most` best seats each by itself: where the board changes under each group, any of these will do. */
bool bo_best_singles(const struct bo_show_record *hall, const unsigned char *open, const struct bo_best_wish *wish, size_t most,
                     struct bo_arena *arena, size_t **seats, size_t *n_seats, struct bo_problem *problem) BO_MUST_CHECK;

#endif
