/* For boxoffice-seed: which seats of a show are not for sale, changed in the show's document. */
#ifndef BO_STORE_BLOCKING_H
#define BO_STORE_BLOCKING_H

#include <stdbool.h>
#include <stddef.h>

#include "store/mongo.h"
#include "util/arena.h"

/* Blocks the seats, which the show has, or takes back whatever blocks them; with `laid_out` in its layout too. w: majority,
 * tried again until its outcome is definite; to repeat it is safe. SHOW_NOT_FOUND, OUTCOME_UNKNOWN, and the store's. */
bool bo_blocking_set(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats, bool blocked,
                     bool laid_out, const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

#endif
