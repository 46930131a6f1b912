/* The shows that have not begun, as MongoDB lists them: without their layouts, which may be large. */
#ifndef BO_STORE_UPCOMING_H
#define BO_STORE_UPCOMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/mongo.h"
#include "util/arena.h"
#include "util/bounds.h"

struct bo_upcoming {
  char id[BO_SHOW_ID_LENGTH + 1]; /* lower-case hex */
  const char *title;              /* "": none */
  int64_t start_ms;
  int64_t sale_opens_ms, sale_closes_ms; /* saleStart, else 0; saleEnd, else the start */
  size_t total; /* as the document tells it, though a layout may know better; 0: it does not */
};

/* At most `limit` shows that start after `now_ms`, by start and id, behind (after_ms, after_id) where after_id is not
 * NULL. In the arena. MONGO_UNAVAILABLE, MISCONFIGURED, OUT_OF_MEMORY. */
bool bo_upcoming_read(struct bo_mongo *mongo, int64_t now_ms, int64_t after_ms, const char *after_id, size_t limit,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_upcoming **shows, size_t *n,
                      struct bo_problem *problem) BO_MUST_CHECK;

#endif
