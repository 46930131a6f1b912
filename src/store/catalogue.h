/* For boxoffice-seed: the catalogue, shows written and listed. Workers never change a show. */
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

/* A show of a title that is to be replaced, and between which times it is sold. */
struct bo_namesake {
  char id[BO_SHOW_ID_LENGTH + 1];
  int64_t sale_opens_ms, sale_closes_ms; /* saleStart, saleEnd; BO_UNSET: none */
};

/* All shows of the title that can be asked for. */
bool bo_catalogue_namesakes(struct bo_mongo *mongo, const char *title, const struct bo_deadline *deadline,
                            struct bo_arena *arena, struct bo_namesake **shows, size_t *n,
                            struct bo_problem *problem) BO_MUST_CHECK;

/* Gives the show's document the two times, w: majority; to repeat it is safe. SHOW_NOT_FOUND, OUTCOME_UNKNOWN, and the
 * store's. */
bool bo_catalogue_set_sale(struct bo_mongo *mongo, const struct bo_namesake *show, const struct bo_deadline *deadline,
                           struct bo_problem *problem) BO_MUST_CHECK;

/* Adds all shows or none, in one transaction, w: majority, in which `old` goes; where one of them is gone already,
 * SHOW_NOT_FOUND. *ids: n ids in hex, in the arena. OUTCOME_UNKNOWN: the shows may have been stored. `drafts` (one at
 * least) have passed bo_catalogue_check. */
bool bo_catalogue_add(struct bo_mongo *mongo, const struct bo_show_draft *drafts, size_t n, const struct bo_namesake *old,
                      size_t n_old, const struct bo_deadline *deadline, struct bo_arena *arena, const char *const **ids,
                      struct bo_problem *problem) BO_MUST_CHECK;

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
