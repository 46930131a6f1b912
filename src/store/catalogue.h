/* The catalogue: shows written and listed by boxoffice-seed. Workers never change a show. */
#ifndef BO_STORE_CATALOGUE_H
#define BO_STORE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/mongo.h"
#include "store/shows.h"
#include "util/arena.h"

struct json_object;

/* A show that is to be. */
struct bo_show_draft {
  const char *title;
  int64_t start_ms;
  int64_t total_seats;               /* where there is no layout */
  int64_t sale_opens_ms, sale_closes_ms; /* 0: none */
  int64_t max_held, max_owned;           /* BO_UNSET: none */
  const struct json_object *layout;  /* NULL: seats are S1 to S<total_seats>; borrowed */
  const struct json_object *blocked; /* labels that are not for sale, or NULL; borrowed */
};

/* Would it be a show that can be sold (bo_show_parse), all that it blocks being there? INTERNAL, whose detail is "<path of the field>: <reason>". */
bool bo_catalogue_check(const struct bo_show_draft *draft, struct bo_arena *arena, size_t *n_seats,
                        struct bo_problem *problem) BO_MUST_CHECK;

/* Called while shows are written: `done` of `total` so far. */
typedef void bo_catalogue_progress(void *context, size_t done, size_t total);

/* Adds all shows or none, in one transaction, w: majority. With `replace` the shows of the same titles go in the same
 * transaction; where one of them has a booking, SEATS_SOLD and nothing is changed. *ids: n ids in hex, in the arena.
 * OUTCOME_UNKNOWN: the shows may have been stored. `drafts` have passed bo_catalogue_check. */
bool bo_catalogue_add(struct bo_mongo *mongo, const struct bo_show_draft *drafts, size_t n, bool replace,
                      bo_catalogue_progress *progress, void *context, const struct bo_deadline *deadline,
                      struct bo_arena *arena, const char *const **ids, struct bo_problem *problem) BO_MUST_CHECK;

struct bo_catalogue_entry {
  char id[BO_SHOW_ID_LENGTH + 1]; /* "" where the document's _id is no ObjectId */
  const char *title;
  int64_t start_ms; /* 0: none */
  size_t n_seats;   /* 0: not a show that can be sold: `fault` says why */
  const char *fault;
};

/* All shows, by start. */
bool bo_catalogue_list(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                       struct bo_catalogue_entry **entries, size_t *n, struct bo_problem *problem) BO_MUST_CHECK;

#endif
