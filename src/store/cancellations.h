/* Bookings given back: their documents move from `bookings` to `cancellations`, each with cancellationId and cancelledAt
 * besides what it had, its _id included. None is ever deleted without standing there. */
#ifndef BO_STORE_CANCELLATIONS_H
#define BO_STORE_CANCELLATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/bookings.h"
#include "util/bounds.h"

/* One document. All in the arena it was read into. */
struct bo_ticket {
  char show_id[BO_SHOW_ID_LENGTH + 1]; /* "" where the document names none */
  const char *seat, *user;
  const char *booking_id;      /* "" for a booking of the Node program */
  int64_t created_ms;          /* wall clock; 0: none */
  int64_t cancelled_ms;        /* wall clock; 0: still booked */
  const char *cancellation_id; /* "" while it is booked */
  const uint8_t *document;     /* BSON, as it stands in MongoDB */
  size_t length;
};

/* The tickets of a booking: primary, readConcern majority, by the index on bookingId (without it MISCONFIGURED: a client
 * must not make MongoDB read all bookings). `user` NULL: whoever's it is. At most BO_PROBLEM_ITEMS_MAX still booked and as many cancelled. */
bool bo_tickets_of_booking(struct bo_mongo *mongo, const char *booking_id, const char *user,
                           const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_ticket **tickets,
                           size_t *n, struct bo_problem *problem) BO_MUST_CHECK;

/* Those of some seats of a show that are booked, whoever's they are (for staff). At most BO_PROBLEM_ITEMS_MAX seats. */
bool bo_tickets_of_seats(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats,
                         const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_ticket **tickets, size_t *n,
                         struct bo_problem *problem) BO_MUST_CHECK;

enum bo_cancel_outcome {
  BO_CANCEL_DONE,    /* acknowledged by a majority, with the journal */
  BO_CANCEL_CHANGED, /* they are not as they were read: moved by somebody else, or by a try of ours whose answer was lost */
  BO_CANCEL_REFUSED, /* definitely nothing was moved; problem says why */
  BO_CANCEL_UNKNOWN  /* may have been moved or may yet be; problem says OUTCOME_UNKNOWN */
};

/* Moves all these tickets or none: one transaction, first in there, then out here, and only documents of this very _id,
 * booking and user. Tried again as an insert is (store/mongo_write.c). */
enum bo_cancel_outcome bo_tickets_cancel(struct bo_mongo *mongo, const struct bo_ticket *const *tickets, size_t n,
                                         const char *cancellation_id, int64_t now_ms, const struct bo_deadline *deadline,
                                         struct bo_problem *problem) BO_MUST_CHECK;

#endif
