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

/* Where a seat has no companion, a seat, row or section no category, a list no such item. */
#define BO_NONE SIZE_MAX

struct bo_category_record {
  const char *name;
  double price;         /* < 0: none given */
  const char *currency; /* "": none given; else three capital letters */
};

struct bo_section_record {
  const char *name; /* "": none */
  size_t first_row, n_rows;
};

struct bo_row_record {
  const char *name; /* "": none */
  size_t section;   /* index */
  size_t first_seat, n_seats; /* side by side in the list of seats, in the order of the document */
};

/* Positions are in the plane of the hall, in widths of a seat: x to the right, y away from the front. */
struct bo_seat_record {
  const char *label;
  size_t section, row, category; /* indices; category: BO_NONE */
  size_t companion;              /* index of the accessible seat that it goes with; BO_NONE */
  double x, y;
  bool accessible;
  bool blocked; /* not for sale: neither available nor sold */
};

#define BO_NEVER_MS INT64_C(9000000000000000) /* later than any time */
enum { BO_UNSET = -1, BO_LIMIT_MAX = 1000 };

/* The same, understood. All lists are in the document's order. */
struct bo_show_record {
  char id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *title;
  int64_t start_ms; /* wall clock; 0 where the document has none */
  int64_t sale_opens_ms, sale_closes_ms; /* saleStart, else 0; saleEnd, else the start, else BO_NEVER_MS */
  int64_t max_held, max_owned;           /* maxHeldPerUser, maxOwnedPerUser (0: no limit); BO_UNSET: the site's */
  size_t n_seats, n_sections, n_rows, n_categories;
  const char *const *labels;          /* n_seats of [A-Za-z0-9 ._-]{1,32}, all different: S1..S<totalSeats>, or the layout's */
  struct bo_seat_record *seats;       /* n_seats, as `labels` */
  const struct bo_section_record *sections;
  const struct bo_row_record *rows;
  const struct bo_category_record *categories;
  bool has_layout; /* of sections and rows; else one section without a name, its rows a grid (doc/api.md, "Layouts") */
  bool has_focus;  /* the layout says which point of the hall is the best */
  double focus_x, focus_y;
  const char *front; /* what people sit before: "stage" or "screen"; NULL where the layout does not say */
  size_t n_blocked;
  size_t blocked_unknown; /* index in the document's `blocked` of a label that the show lacks; BO_NONE */
};

/* Reads the document from the primary (readConcern majority is not needed: shows change rarely).
 * SHOW_NOT_FOUND, MONGO_UNAVAILABLE, MISCONFIGURED. */
bool bo_shows_read(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                   struct bo_arena *arena, struct bo_show_bytes *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Whether it is there: the same, but of its document, of which there may be megabytes, the _id alone is read. */
bool bo_shows_there(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                    struct bo_problem *problem) BO_MUST_CHECK;

/* Proves that the server is still primary: a linearizable find of the show's _id with maxTimeMS.
 * MONGO_UNAVAILABLE where it does not answer in time. (reliability: a deposed primary refuses only this) It is worth
 * something for reads of the same server alone: bo_mongo_stay. */
bool bo_shows_prove_primary(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                            struct bo_problem *problem) BO_MUST_CHECK;

/* BSON -> record, all in the arena. Fails with INTERNAL and the reason in detail where the document is not
 * a show that can be sold (no title, totalSeats out of range or not a whole number, a bad or doubled label). The
 * detail is "<path of the field>: <reason>". */
bool bo_show_parse(const struct bo_show_bytes *bytes, struct bo_arena *arena, struct bo_show_record *out,
                   struct bo_problem *problem) BO_MUST_CHECK;

#endif
