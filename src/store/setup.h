/* For boxoffice-seed: setting up a deployment, what `init` does. Workers only look (bo_mongo_check). */
#ifndef BO_STORE_SETUP_H
#define BO_STORE_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "store/mongo.h"
#include "util/arena.h"

enum bo_setup {
  BO_SETUP_DONE,    /* it was made */
  BO_SETUP_PRESENT, /* it was there already */
};

/* Initiates a replica set of the one host that the URI names (its replicaSet, else "rs0"), where that server waits
 * for it, and waits until it is primary. MISCONFIGURED where it runs without --replSet or the URI names several
 * hosts, of which none is a primary. `*host` (static or in the arena) is the member's name. */
bool bo_setup_initiate(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                            enum bo_setup *what, const char **host, struct bo_problem *problem) BO_MUST_CHECK;

/* Makes the unique index on bookings {showId: 1, seatNumber: 1}. SEATS_SOLD where seats that were sold twice prevent
 * it: *twice lists some of them as text. MISCONFIGURED where another index of that key or name is in the way. */
bool bo_setup_index(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                         enum bo_setup *what, const char ***twice, size_t *n_twice,
                         struct bo_problem *problem) BO_MUST_CHECK;

/* Makes the indexes by which bookings are found by their id or their user: without them the operations that need them
 * answer MISCONFIGURED, and all others go on; and that by which shows are listed by their start, which works without. */
bool bo_setup_plain_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, enum bo_setup *what,
                                 struct bo_problem *problem) BO_MUST_CHECK;

#endif
