#include "boxoffice/shows.h"

#include <string.h>

void bo_shows_init(struct bo_shows *shows, size_t limit) { *shows = (struct bo_shows){.limit = limit}; }

static struct bo_show **bucket_of(struct bo_shows *shows, const char *show_id) {
  /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the oldest show is none only where there is no show */
  return &shows->buckets[bo_show_text_hash(show_id, strlen(show_id)) % BO_SHOWS_BUCKETS];
}

static void unlink_show(struct bo_shows *shows, struct bo_show *show) {
  *(show->newer ? &show->newer->older : &shows->newest) = show->older;
  *(show->older ? &show->older->newer : &shows->oldest) = show->newer;
  show->newer = show->older = NULL;
}

static void link_newest(struct bo_shows *shows, struct bo_show *show) {
  show->newer = NULL;
  show->older = shows->newest;
  *(shows->newest ? &shows->newest->newer : &shows->oldest) = show;
  shows->newest = show;
}

static void discard(struct bo_shows *shows, struct bo_show *show) {
  struct bo_show **link = bucket_of(shows, show->record.id);
  while (*link != show) link = &(*link)->next_in_bucket;
  *link = show->next_in_bucket;
  unlink_show(shows, show);
  shows->used -= show->memory;
  bo_show_free(show);
}

void bo_shows_free(struct bo_shows *shows) {
  while (shows->oldest) discard(shows, shows->oldest);
}

static struct bo_show *find(struct bo_shows *shows, const char *show_id) {
  struct bo_show *show = *bucket_of(shows, show_id);
  while (show && strcmp(show->record.id, show_id) != 0) show = show->next_in_bucket;
  return show;
}

struct bo_show *bo_shows_get(struct bo_shows *shows, const char *show_id) {
  struct bo_show *show = find(shows, show_id);
  if (show && show != shows->newest) {
    unlink_show(shows, show);
    link_newest(shows, show);
  }
  return show;
}

void bo_shows_drop(struct bo_shows *shows, const char *show_id) {
  struct bo_show *show = find(shows, show_id);
  if (show) discard(shows, show);
}

void bo_shows_put(struct bo_shows *shows, struct bo_show *show) {
  struct bo_show **bucket = bucket_of(shows, show->record.id);
  bo_shows_drop(shows, show->record.id);
  show->next_in_bucket = *bucket;
  *bucket = show;
  link_newest(shows, show);
  shows->used += show->memory;
  while (shows->used > shows->limit && shows->oldest != show) discard(shows, shows->oldest);
}
