/* Shows, as MongoDB keeps them: {_id, movieTitle, startTime, totalSeats, layout?, createdAt, updatedAt}. */
#ifndef BO_STORE_SHOWS_H
#define BO_STORE_SHOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/mongo.h"
#include "util/arena.h"
#include "util/bounds.h"

/* A show's document as read: the BSON bytes travel to Redis (`show:{id}`) and back unchanged. */
struct bo_show_bytes {
  const uint8_t *data; /* in the arena it was read into */
  size_t length;
};

/* The same, understood. Labels are those of the layout, in its order, or S1..S<totalSeats>. */
struct bo_show_record {
  char id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *title;
  int64_t start_ms; /* wall clock; 0 where the document has none */
  size_t n_seats;
  const char *const *labels; /* n_seats of [A-Za-z0-9 ._-]{1,32}, all different */
};

/* Reads the document from the primary (readConcern majority is not needed: shows change rarely).
 * SHOW_NOT_FOUND, MONGO_UNAVAILABLE, MISCONFIGURED. */
bool bo_shows_read(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                   struct bo_arena *arena, struct bo_show_bytes *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Proves that the server is still primary: a linearizable find of the show's _id with maxTimeMS.
 * MONGO_UNAVAILABLE where it does not answer in time. (reliability: a deposed primary refuses only this) */
bool bo_shows_prove_primary(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                            struct bo_problem *problem) BO_MUST_CHECK;

/* BSON -> record, all in the arena. Fails with INTERNAL and the reason in detail where the document is not
 * a show that can be sold (no title, totalSeats out of range or not a whole number, a bad or doubled label). */
bool bo_show_parse(const struct bo_show_bytes *bytes, struct bo_arena *arena, struct bo_show_record *out,
                   struct bo_problem *problem) BO_MUST_CHECK;

#endif
