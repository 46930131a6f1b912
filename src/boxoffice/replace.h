/* For boxoffice-seed: shows that are to make room for another of their title, taken off sale first. */
#ifndef BO_BOXOFFICE_REPLACE_H
#define BO_BOXOFFICE_REPLACE_H

#include "boxoffice/office.h"
#include "store/catalogue.h"

struct bo_replacement {
  struct bo_namesake *shows; /* in the arena */
  size_t n;
  size_t n_closed; /* the first so many are off sale */
};

/* Closes the sale of all shows of the title, in their documents and on their boards. On success nobody holds or owns a seat
 * of them, and no worker grants or confirms one: they may be removed. Refused where somebody does: SEATS_SOLD, or
 * SEATS_UNAVAILABLE where seats are held. After a failure, too, the caller calls bo_replace_reopen. */
bool bo_replace_close(struct bo_office *office, const char *title, const struct bo_deadline *deadline, struct bo_arena *arena,
                      struct bo_replacement *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Puts what was closed on sale again, between the times of before. False: some of it is still closed. */
bool bo_replace_reopen(struct bo_office *office, struct bo_replacement *replacement, const struct bo_deadline *deadline,
                       struct bo_arena *arena, struct bo_problem *problem) BO_MUST_CHECK;

#endif
