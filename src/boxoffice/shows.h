/* The worker's copies of shows, the least recently used dropped first where their bound is reached. */
#ifndef BO_BOXOFFICE_SHOWS_H
#define BO_BOXOFFICE_SHOWS_H

#include "boxoffice/show.h"

enum { BO_SHOWS_BUCKETS = 512 };

struct bo_shows {
  size_t limit, used;                         /* bytes */
  struct bo_show *buckets[BO_SHOWS_BUCKETS];  /* by show id */
  struct bo_show *newest, *oldest; /* by last use */
};

void bo_shows_init(struct bo_shows *shows, size_t limit);
void bo_shows_free(struct bo_shows *shows);

/* The copy of a show, now the newest; NULL where there is none. It lives until the next bo_shows_put or drop. */
struct bo_show *bo_shows_get(struct bo_shows *shows, const char *show_id);
/* Takes ownership, replaces the copy of the same show, drops the oldest others while over the limit. */
void bo_shows_put(struct bo_shows *shows, struct bo_show *show);
void bo_shows_drop(struct bo_shows *shows, const char *show_id);

#endif
