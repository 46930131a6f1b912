#include "boxoffice/shows.h"

#include <string.h>

void bo_shows_init(struct bo_shows *shows, size_t limit) { *shows = (struct bo_shows){.limit = limit}; }

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
  unlink_show(shows, show);
  shows->used -= show->memory;
  bo_show_free(show);
}

void bo_shows_free(struct bo_shows *shows) {
  while (shows->oldest) discard(shows, shows->oldest);
}

/* A walk, newest first: a worker meets a few hundred shows at most, and mostly the same again. */
static struct bo_show *find(const struct bo_shows *shows, const char *show_id) {
  struct bo_show *show = shows->newest;
  while (show && strcmp(show->record.id, show_id) != 0) show = show->older;
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
  bo_shows_drop(shows, show->record.id);
  link_newest(shows, show);
  shows->used += show->memory;
  while (shows->used > shows->limit && shows->oldest != show) discard(shows, shows->oldest);
}
