/* For the .c files of this folder alone: a booking's document, asked for and taken apart. */
#ifndef BO_STORE_BOOKINGS_PRIVATE_H
#define BO_STORE_BOOKINGS_PRIVATE_H

#include "store/bookings.h" /* bson_t: the .c files include mongo_private.h first */

/* {find: bookings, filter: {showId, seatNumber: {$in: seats}}}, all in one batch. */
bool bookings_find_query(bson_t *body, const char *show_id, const char *const *seats, size_t n_seats) BO_MUST_CHECK;

/* A majority read of one batch by an index that not every database has. MISCONFIGURED where it is not there; `index` names
 * it. The caller frees the reply in both cases. */
bool bookings_read(struct bo_mongo *mongo, const bson_t *body, const char *index, const struct bo_deadline *deadline,
                   struct mongo_reply *reply, struct bo_problem *problem) BO_MUST_CHECK;

/* A string of the document that `doc` is before; "" where it has none, or one with NUL inside (nobody of ours is called
 * so). In the arena; NULL: no memory. */
const char *bookings_text(const bson_iter_t *doc, const char *field, struct bo_arena *arena);

/* Its bookingId. We write strings; another program may have written an ObjectId. */
const char *bookings_id(const bson_iter_t *doc, struct bo_arena *arena);

#endif
