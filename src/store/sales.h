/* For boxoffice-seed: all bookings of a show. */
#ifndef BO_STORE_SALES_H
#define BO_STORE_SALES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/mongo.h"
#include "util/arena.h"

struct bo_sale {
  const char *seat, *user;
  const char *booking_id; /* "" for a booking of the Node program */
  int64_t created_ms;     /* wall clock; 0: none */
};

/* All of one snapshot, so that no half of a booking is seen. In the arena. MONGO_UNAVAILABLE, MISCONFIGURED,
 * OUT_OF_MEMORY. */
bool bo_sales_read(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline, struct bo_arena *arena,
                   struct bo_sale **sales, size_t *n, struct bo_problem *problem) BO_MUST_CHECK;

#endif
