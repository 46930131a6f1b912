/* Bookings: the permanent record, one document a seat, fenced by the unique index {showId, seatNumber}. */
#ifndef BO_STORE_BOOKINGS_H
#define BO_STORE_BOOKINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "store/mongo.h"
#include "util/arena.h"

struct bo_booking {
  const char *seat;
  const char *user;
  const char *booking_id; /* "" for a booking of the Node program, which kept none */
};

/* The labels of all sold seats of a show: one covered index scan on the primary, readConcern snapshot, so
 * that no half of a transaction is ever seen. */
bool bo_bookings_sold(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                      struct bo_arena *arena, const char ***seats, size_t *n_seats,
                      struct bo_problem *problem) BO_MUST_CHECK;

/* The bookings of some seats: primary, readConcern majority. */
bool bo_bookings_find(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_booking **bookings,
                      size_t *n_bookings, struct bo_problem *problem) BO_MUST_CHECK;

/* The labels of the seats that a user has bought of a show, `most` of them at most: primary, readConcern majority, by the
 * index on userId and showId (without it MISCONFIGURED). */
bool bo_bookings_owned(struct bo_mongo *mongo, const char *show_id, const char *user, long most,
                       const struct bo_deadline *deadline, struct bo_arena *arena, const char ***seats, size_t *n_seats,
                       struct bo_problem *problem) BO_MUST_CHECK;

enum bo_insert_outcome {
  BO_INSERT_DONE,      /* acknowledged by a majority, with the journal */
  BO_INSERT_DUPLICATE, /* one of the seats is sold (E11000); nothing of this call was stored */
  BO_INSERT_REFUSED,   /* definitely nothing was stored; problem says why */
  BO_INSERT_UNKNOWN    /* may have been stored or may yet be; problem says OUTCOME_UNKNOWN */
};

/* A new id for a booking: 24 hex digits of an ObjectId. */
enum { BO_BOOKING_ID_SIZE = 25 };
void bo_bookings_new_id(char out[BO_BOOKING_ID_SIZE]);

/* Inserts all or none: a single insert for one seat, a transaction for several; w:majority, j:true, never an
 * upsert. Retries what may be retried for as long as the deadline lets a step begin (doc/design.md, confirm 2). */
enum bo_insert_outcome bo_bookings_insert(struct bo_mongo *mongo, const char *show_id, const char *user,
                                          const char *booking_id, const char *const *seats, size_t n_seats,
                                          const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

#endif
