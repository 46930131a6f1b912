/* The worker's copies of shows, the least recently used dropped first where their bound is reached. */
#ifndef BO_BOXOFFICE_SHOW_CACHE_H
#define BO_BOXOFFICE_SHOW_CACHE_H

#include "boxoffice/show.h"

enum { BO_SHOW_CACHE_BUCKETS = 512 };

struct bo_show_cache {
  size_t limit, used;                         /* bytes */
  struct bo_show *buckets[BO_SHOW_CACHE_BUCKETS];  /* by show id */
  struct bo_show *newest, *oldest; /* by last use */
};

void bo_show_cache_init(struct bo_show_cache *cache, size_t limit);
void bo_show_cache_free(struct bo_show_cache *cache);

/* The copy of a show, now the newest; NULL where there is none. It lives until the next bo_show_cache_put or _drop. */
struct bo_show *bo_show_cache_get(struct bo_show_cache *cache, const char *show_id);
/* Takes ownership, replaces the copy of the same show, drops the oldest others while over the limit. */
void bo_show_cache_put(struct bo_show_cache *cache, struct bo_show *show);
void bo_show_cache_drop(struct bo_show_cache *cache, const char *show_id);

#endif
