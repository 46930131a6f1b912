/* What the search for the best seats is made of: for best.c and best_parts.c alone. */
#ifndef BO_BOXOFFICE_BEST_SEARCH_H
#define BO_BOXOFFICE_BEST_SEARCH_H

#include "boxoffice/best.h"

struct best_search {
  const struct bo_show_record *hall;
  const struct bo_best_wish *wish;
  unsigned char *open; /* not 0: free, and in no group found so far */
  double focus_x, focus_y;
  bool kept_too;       /* seats that are kept for those who need them may be in a group */
};

static inline bool best_kept(const struct bo_seat_record *seat) {
  return seat->accessible || seat->companion != BO_NONE;
}

/* May this seat be in a group? */
bool best_fits(const struct best_search *search, size_t seat);

/* Do the seats `left` and `left` + 1 stand side by side? */
bool best_beside(const struct bo_show_record *hall, size_t left);

/* Squared. */
double best_distance(const struct bo_seat_record *seat, double x, double y);

/* Orphans that a part would leave; `avoided` (or NULL) is told what to look at that it leaves none, `n_avoided` of it. */
unsigned best_orphans(const struct best_search *search, size_t first, size_t n, struct bo_best_orphan *avoided,
                      size_t *n_avoided);

/* The stretch of seats that fit and stand side by side from `first` on; 0 where `first` does not fit. */
size_t best_stretch(const struct best_search *search, size_t first);

/* Adds groups in several parts to the offer, `most` at most, where none in one part is left. OUT_OF_MEMORY. */
bool best_parts(struct best_search *search, size_t most, struct bo_arena *arena, struct bo_best_offer *offer,
                struct bo_problem *problem) BO_MUST_CHECK;

#endif
