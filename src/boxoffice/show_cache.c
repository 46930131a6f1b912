#include "boxoffice/show_cache.h"

#include <assert.h>
#include <string.h>

#include "util/hash.h"

void bo_show_cache_init(struct bo_show_cache *cache, size_t limit) { *cache = (struct bo_show_cache){.limit = limit}; }

static struct bo_show **bucket_of(struct bo_show_cache *cache, const char *show_id) {
  /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the oldest show is none only where there is no show */
  return &cache->buckets[bo_hash(BO_HASH_START, show_id, strlen(show_id)) % BO_SHOW_CACHE_BUCKETS];
}

static void unlink_show(struct bo_show_cache *cache, struct bo_show *show) {
  *(show->newer ? &show->newer->older : &cache->newest) = show->older;
  *(show->older ? &show->older->newer : &cache->oldest) = show->newer;
  show->newer = show->older = NULL;
}

static void link_newest(struct bo_show_cache *cache, struct bo_show *show) {
  show->newer = NULL;
  show->older = cache->newest;
  *(cache->newest ? &cache->newest->newer : &cache->oldest) = show;
  cache->newest = show;
}

static void discard(struct bo_show_cache *cache, struct bo_show *show) {
  struct bo_show **link = bucket_of(cache, show->record.id);
  while (*link != show) {
    assert(*link); /* what is in the list is in the table */
    link = &(*link)->next_in_bucket;
  }
  *link = show->next_in_bucket;
  unlink_show(cache, show);
  cache->used -= show->memory;
  bo_show_free(show);
}

void bo_show_cache_free(struct bo_show_cache *cache) {
  while (cache->oldest) discard(cache, cache->oldest);
}

static struct bo_show *find(struct bo_show_cache *cache, const char *show_id) {
  struct bo_show *show = *bucket_of(cache, show_id);
  while (show && strcmp(show->record.id, show_id) != 0) show = show->next_in_bucket;
  return show;
}

struct bo_show *bo_show_cache_get(struct bo_show_cache *cache, const char *show_id) {
  struct bo_show *show = find(cache, show_id);
  if (show && show != cache->newest) {
    unlink_show(cache, show);
    link_newest(cache, show);
  }
  return show;
}

void bo_show_cache_drop(struct bo_show_cache *cache, const char *show_id) {
  struct bo_show *show = find(cache, show_id);
  if (show) discard(cache, show);
}

void bo_show_cache_put(struct bo_show_cache *cache, struct bo_show *show) {
  struct bo_show **bucket = bucket_of(cache, show->record.id);
  bo_show_cache_drop(cache, show->record.id);
  show->next_in_bucket = *bucket;
  *bucket = show;
  link_newest(cache, show);
  cache->used += show->memory;
  while (cache->used > cache->limit && cache->oldest != show) discard(cache, cache->oldest);
}
