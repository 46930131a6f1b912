#include "shows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

enum { BUCKETS = 4096, NOBODY = -1 };

/* A show is here while something is to be told of it (due_ms) or its holds are to be looked at (look_ms). */
struct show {
  char id[BO_SHOW_ID_LENGTH + 1];
  struct show *next_in_bucket, *next_due;
  int64_t due_ms; /* 0: nothing is to be told */
  int64_t look_ms; /* 0: no look is planned */
  bool resync;
  uint64_t from, version;
  struct bo_buf changes; /* elements of the event's list; the last one is open until its status is known to end */
  int status;            /* of that last one; NOBODY: there is none */
};

struct feed_shows {
  struct show *buckets[BUCKETS];
  struct show *first_due, *last_due; /* all wait equally long, so the first to come is the first to go */
  size_t count, waiting; /* shows, bytes of their changes */
  int64_t next_look_ms;  /* no look is planned earlier */
};

static const char *const statuses[] = {[FEED_HELD] = "held", [FEED_BOOKED] = "booked", [FEED_AVAILABLE] = "available"};

struct feed_shows *feed_shows_new(void) {
  struct feed_shows *shows = calloc(1, sizeof *shows);
  if (shows) shows->next_look_ms = INT64_MAX;
  return shows;
}

void feed_shows_free(struct feed_shows *shows) {
  for (size_t i = 0; shows && i < BUCKETS; i++)
    for (struct show *show = shows->buckets[i], *next; show; show = next) {
      next = show->next_in_bucket;
      bo_buf_free(&show->changes);
      free(show);
    }
  free(shows);
}

size_t feed_shows_count(const struct feed_shows *shows) { return shows->count; }

/* Ids come from Redis; a chain of all of them is still bounded. */
static struct show **bucket_of(struct feed_shows *shows, const char *id) {
  return &shows->buckets[bo_hash(BO_HASH_START, id, strlen(id)) % BUCKETS];
}

static struct show *find_or_add(struct feed_shows *shows, const char *id) {
  struct show **bucket = bucket_of(shows, id), *show = *bucket;
  while (show && strcmp(show->id, id) != 0) show = show->next_in_bucket;
  if (show || shows->count >= FEED_SHOWS_MAX || !(show = calloc(1, sizeof *show))) return show;
  memcpy(show->id, id, sizeof show->id);
  bo_buf_init(&show->changes, FEED_EVENT_MAX - 256); /* the rest is for what stands around them */
  show->status = NOBODY;
  show->next_in_bucket = *bucket;
  *bucket = show;
  shows->count++;
  return show;
}

static void drop_if_idle(struct feed_shows *shows, struct show *show) {
  if (show->due_ms || show->look_ms) return;
  struct show **link = bucket_of(shows, show->id);
  while (*link != show) link = &(*link)->next_in_bucket;
  *link = show->next_in_bucket;
  bo_buf_free(&show->changes);
  free(show);
  shows->count--;
}

static void make_due(struct feed_shows *shows, struct show *show, int64_t now_ms) {
  if (show->due_ms) return;
  show->due_ms = now_ms + FEED_JOIN_MS;
  show->next_due = NULL;
  if (shows->last_due) shows->last_due->next_due = show;
  else shows->first_due = show;
  shows->last_due = show;
}

static void plan_look(struct feed_shows *shows, struct show *show, int64_t when_ms) {
  if (!show->look_ms || when_ms < show->look_ms) show->look_ms = when_ms;
  if (show->look_ms < shows->next_look_ms) shows->next_look_ms = show->look_ms;
}

static void clear_changes(struct feed_shows *shows, struct show *show) {
  shows->waiting -= show->changes.capacity;
  bo_buf_free(&show->changes);
  bo_buf_init(&show->changes, FEED_EVENT_MAX - 256);
  show->status = NOBODY;
}

static void set_resync(struct feed_shows *shows, struct show *show) {
  clear_changes(shows, show);
  show->resync = true;
}

static void append(struct feed_shows *shows, struct show *show, const char *bytes, size_t length) {
  size_t before = show->changes.capacity;
  bo_buf_append(&show->changes, bytes, length);
  shows->waiting += show->changes.capacity - before;
}

static void append_text(struct feed_shows *shows, struct show *show, const char *text) {
  append(shows, show, text, strlen(text));
}

static void end_change(struct feed_shows *shows, struct show *show) {
  if (show->status == NOBODY) return;
  append_text(shows, show, "],\"status\":\"");
  append_text(shows, show, statuses[show->status]);
  append_text(shows, show, "\"}");
}

/* Seats of one status in a row are one change. */
static void add_seats(struct feed_shows *shows, struct show *show, enum feed_what status, const char *seats, size_t length) {
  bool first = show->status != (int)status;
  if (first) {
    end_change(shows, show);
    append_text(shows, show, show->status == NOBODY ? "{\"seats\":[" : ",{\"seats\":[");
    show->status = (int)status;
  }
  for (const char *end = seats + length; seats < end; first = false) {
    const char *comma = memchr(seats, ',', (size_t)(end - seats));
    size_t label = comma ? (size_t)(comma - seats) : (size_t)(end - seats);
    append_text(shows, show, first ? "\"" : ",\"");
    append(shows, show, seats, label); /* no character of a label needs escaping */
    append_text(shows, show, "\"");
    seats += label + (comma ? 1 : 0);
  }
}

/* A step between what is known and this message is missing: clients would see it too, but a joined event could hide it. */
static bool is_gap(const struct show *show, uint64_t from) { return show->due_ms && from > show->version; }

bool feed_shows_note(struct feed_shows *shows, const char *show_id, const struct feed_message *message, int64_t now_ms) {
  struct show *show = find_or_add(shows, show_id);
  if (!show) return false;
  uint64_t from = message->version - (message->what == FEED_LAPSED ? 0 : 1);
  if (message->what == FEED_RESYNC || is_gap(show, from)) set_resync(shows, show);
  if (!show->due_ms || from < show->from) show->from = from;
  if (!show->due_ms || message->version > show->version) show->version = message->version;
  make_due(shows, show, now_ms);
  if (message->what == FEED_RESYNC) plan_look(shows, show, now_ms); /* holds may be there that were never told */
  if (message->hold_ms) plan_look(shows, show, now_ms + message->hold_ms + 1);
  if (show->resync || !message->seats_length) return true;
  enum feed_what status = message->what == FEED_LAPSED ? FEED_AVAILABLE : message->what;
  add_seats(shows, show, status, message->seats, message->seats_length);
  if (show->changes.failed) set_resync(shows, show);
  return shows->waiting <= FEED_WAITING_MAX;
}

bool feed_shows_resync(struct feed_shows *shows, const char *show_id, int64_t now_ms) {
  struct show *show = find_or_add(shows, show_id);
  if (!show) return false;
  set_resync(shows, show);
  make_due(shows, show, now_ms);
  plan_look(shows, show, now_ms);
  return true;
}

bool feed_shows_look_at(struct feed_shows *shows, const char *show_id, int64_t when_ms) {
  struct show *show = find_or_add(shows, show_id);
  if (show) plan_look(shows, show, when_ms);
  return show != NULL;
}

/* The first of the queue has nothing to tell any more. */
static void leave_queue(struct feed_shows *shows) {
  struct show *show = shows->first_due;
  shows->first_due = show->next_due;
  if (!shows->first_due) shows->last_due = NULL;
  clear_changes(shows, show);
  show->due_ms = 0;
  show->resync = false;
  drop_if_idle(shows, show);
}

void feed_shows_forget_changes(struct feed_shows *shows) {
  while (shows->first_due) leave_queue(shows);
}

bool feed_shows_take_event(struct feed_shows *shows, int64_t now_ms, struct feed_event *out, struct bo_buf *body) {
  struct show *show = shows->first_due;
  if (!show || show->due_ms > now_ms) return false;
  end_change(shows, show);
  if (show->changes.failed) set_resync(shows, show);
  memcpy(out->show_id, show->id, sizeof out->show_id);
  out->resync = show->resync;
  bo_buf_reset(body);
  if (show->resync) {
    bo_buf_append_text(body, "{}");
  } else {
    bo_buf_printf(body, "{\"from\":\"%" PRIu64 "\",\"version\":\"%" PRIu64 "\",\"changes\":[", show->from, show->version);
    bo_buf_append(body, show->changes.data, show->changes.length);
    bo_buf_append_text(body, "]}");
  }
  leave_queue(shows);
  return true;
}

bool feed_shows_take_look(struct feed_shows *shows, int64_t now_ms, char show_id[BO_SHOW_ID_LENGTH + 1]) {
  struct show *first = NULL;
  int64_t second_ms = INT64_MAX;
  if (shows->next_look_ms > now_ms) return false;
  for (size_t i = 0; i < BUCKETS; i++)
    for (struct show *show = shows->buckets[i]; show; show = show->next_in_bucket) {
      if (!show->look_ms) continue;
      if (!first || show->look_ms < first->look_ms) {
        if (first) second_ms = first->look_ms;
        first = show;
      } else if (show->look_ms < second_ms) {
        second_ms = show->look_ms;
      }
    }
  bool due = first && first->look_ms <= now_ms;
  shows->next_look_ms = due ? second_ms : first ? first->look_ms : INT64_MAX;
  if (!due) return false;
  memcpy(show_id, first->id, sizeof first->id);
  first->look_ms = 0;
  drop_if_idle(shows, first);
  return true;
}

int64_t feed_shows_next_event_ms(const struct feed_shows *shows) {
  return shows->first_due ? shows->first_due->due_ms : INT64_MAX;
}

int64_t feed_shows_next_look_ms(const struct feed_shows *shows) { return shows->next_look_ms; }
