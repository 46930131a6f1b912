#include "boxoffice/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

static const struct {
  const char *text;
  size_t length;
} status_texts[] = {
    [BO_SEAT_AVAILABLE] = {"available\"}", sizeof "available\"}" - 1},
    [BO_SEAT_BLOCKED] = {"blocked\"}", sizeof "blocked\"}" - 1},
    [BO_SEAT_HELD] = {"held\"}", sizeof "held\"}" - 1},
    [BO_SEAT_BOOKED] = {"booked\"}", sizeof "booked\"}" - 1},
};

size_t bo_show_seat(const struct bo_show *show, const char *label, size_t length) {
  for (size_t slot = bo_hash(BO_HASH_START, label, length) & show->slot_mask; show->slots[slot]; slot = (slot + 1) & show->slot_mask) {
    size_t index = show->slots[slot] - 1;
    const char *known = show->record.labels[index];
    if (strncmp(known, label, length) == 0 && known[length] == '\0') return index;
  }
  return SIZE_MAX;
}

/* The map begins with a head, without the title at most so long; then each seat stands between these. */
enum { HEAD_SIZE = 64 };
#define BEFORE_LABEL ",{\"seatNumber\":\""
#define AFTER_LABEL "\",\"status\":\""

static bool index_labels(struct bo_show *show) {
  size_t n_slots = 16;
  while (n_slots < show->record.n_seats * 2) n_slots *= 2;
  show->slots = bo_arena_array(show->arena, n_slots, sizeof *show->slots);
  if (!show->slots) return false;
  show->slot_mask = n_slots - 1;
  show->fixed_size = HEAD_SIZE + strlen(show->record.title) + show->record.n_seats * (sizeof BEFORE_LABEL AFTER_LABEL - 1);
  for (size_t i = 0; i < show->record.n_seats; i++) {
    const char *label = show->record.labels[i];
    size_t length = strlen(label), slot = bo_hash(BO_HASH_START, label, length) & show->slot_mask;
    show->fixed_size += length;
    while (show->slots[slot]) slot = (slot + 1) & show->slot_mask;
    show->slots[slot] = (uint32_t)i + 1;
  }
  return true;
}

const char *bo_show_labels(const struct bo_show *show, bool blocked, struct bo_arena *arena) {
  size_t n = blocked ? show->record.n_blocked : show->record.n_seats;
  char *list = bo_arena_array(arena, n + 1, BO_SEAT_LABEL_MAX + 1), *end = list;
  for (size_t i = 0; list && n && i < show->record.n_seats; i++) {
    if (blocked && !show->record.seats[i].blocked) continue;
    if (end > list) *end++ = ',';
    end = stpcpy(end, show->record.labels[i]);
  }
  return list;
}

/* At the first map alone: most copies serve holds. */
static bool write_fixed_parts(struct bo_show *show) {
  struct bo_buf *fixed = &show->fixed;
  uint32_t *part_ends = bo_arena_array(show->arena, show->record.n_seats + 1, sizeof *part_ends);
  if (!part_ends) return false;
  bo_buf_reset(fixed);
  (void)bo_buf_reserve(fixed, show->fixed_size);
  bo_buf_append_text(fixed, "{\"showTitle\":\"");
  bo_buf_append_json(fixed, show->record.title, strlen(show->record.title));
  bo_buf_append_text(fixed, "\",\"totalSeats\":");
  bo_buf_append_number(fixed, show->record.n_seats);
  bo_buf_append_text(fixed, ",\"seats\":[");
  part_ends[0] = (uint32_t)fixed->length;
  for (size_t i = 0; i < show->record.n_seats; i++) {
    bo_buf_append_text(fixed, i ? BEFORE_LABEL : &BEFORE_LABEL[1]);
    bo_buf_append_text(fixed, show->record.labels[i]); /* no character of a label needs escaping */
    bo_buf_append_text(fixed, AFTER_LABEL);
    part_ends[i + 1] = (uint32_t)fixed->length;
  }
  if (!fixed->failed) show->part_ends = part_ends;
  return !fixed->failed;
}

/* Part of the tag: raised when the form of a show's description changes. */
#define SHOW_FORM "1"

#define BEFORE_ETAG "],\"showETag\":\""
#define BEFORE_VERSION "\",\"version\":\""
#define AFTER_VERSION "\"}"

/* What the map is at its longest: every seat "available". */
static size_t longest_map(const struct bo_show *show, size_t fixed_length) {
  return fixed_length + show->record.n_seats * status_texts[BO_SEAT_AVAILABLE].length +
         sizeof BEFORE_ETAG BEFORE_VERSION AFTER_VERSION + BO_SHOW_ETAG_SIZE + BO_BOARD_NUMBER_SIZE;
}

struct bo_show *bo_show_new(const char *hash, const struct bo_show_bytes *bytes, struct bo_problem *problem) {
  struct bo_show *show = calloc(1, sizeof *show);
  if (!show || !(show->arena = bo_arena_new())) goto out_of_memory;
  bo_buf_init(&show->fixed, 0);
  bo_buf_init(&show->map, 0);
  strncpy(show->hash, hash, sizeof show->hash - 1);
  char *copy = bo_arena_strndup(show->arena, (const char *)bytes->data, bytes->length);
  if (!copy) goto out_of_memory;
  show->bytes = (struct bo_show_bytes){(const uint8_t *)copy, bytes->length};
  if (!bo_show_parse(&show->bytes, show->arena, &show->record, problem)) {
    bo_show_free(show);
    return NULL;
  }
  show->states = bo_arena_alloc(show->arena, show->record.n_seats);
  show->blocked = bo_show_labels(show, true, show->arena);
  if (!show->states || !show->blocked || !index_labels(show)) goto out_of_memory;
  /* Labels, what the document says of their seats, the index, the parts, and the map that will be rendered. */
  show->memory = sizeof *show + bytes->length + show->record.n_seats * (65 + sizeof *show->record.seats) + (show->slot_mask + 1) * sizeof *show->slots +
                 show->fixed_size + longest_map(show, show->fixed_size);
  return show;
out_of_memory:
  bo_show_free(show);
  bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a show");
  return NULL;
}

void bo_show_free(struct bo_show *show) {
  if (!show) return;
  bo_buf_free(&show->fixed);
  bo_buf_free(&show->map);
  bo_arena_free(show->arena);
  free(show);
}

void bo_show_etag(const struct bo_show *show, char out[BO_SHOW_ETAG_SIZE]) {
  snprintf(out, BO_SHOW_ETAG_SIZE, SHOW_FORM "-%.16s", show->hash);
}

static void mark(struct bo_show *show, const char *labels, enum bo_seat_status status) {
  while (*labels) {
    size_t length = strcspn(labels, ",");
    size_t index = bo_show_seat(show, labels, length);
    if (index != SIZE_MAX) show->states[index] = (unsigned char)status;
    labels += length;
    if (*labels == ',') labels++;
  }
}

static void take_states(struct bo_show *show, const struct bo_board_reply *told) {
  memset(show->states, BO_SEAT_AVAILABLE, show->record.n_seats);
  for (size_t i = 0; show->record.n_blocked && i < show->record.n_seats; i++)
    if (show->record.seats[i].blocked) show->states[i] = BO_SEAT_BLOCKED;
  mark(show, told->held_seats, BO_SEAT_HELD); /* even of a blocked seat: what was promised is kept */
  mark(show, told->sold_seats, BO_SEAT_BOOKED); /* a booking wins over a hold */
}

void bo_show_count(const struct bo_show *show, size_t counts[BO_SEAT_STATUSES]) {
  memset(counts, 0, BO_SEAT_STATUSES * sizeof *counts);
  for (size_t i = 0; i < show->record.n_seats; i++) counts[show->states[i]]++;
}

bool bo_show_take_map(struct bo_show *show, const struct bo_board_reply *told, struct bo_problem *problem) {
  size_t n = show->record.n_seats;
  char etag[BO_SHOW_ETAG_SIZE];
  show->version[0] = '\0'; /* no rendering until this one is whole */
  bo_buf_reset(&show->map);
  if ((!show->part_ends && !write_fixed_parts(show)) || !bo_buf_reserve(&show->map, longest_map(show, show->fixed.length)))
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a seat map");
  take_states(show, told);
  char *to = show->map.data;
  const char *parts = show->fixed.data;
  to = mempcpy(to, parts, show->part_ends[0]);
  for (size_t i = 0; i < n; i++) {
    to = mempcpy(to, parts + show->part_ends[i], show->part_ends[i + 1] - show->part_ends[i]);
    to = mempcpy(to, status_texts[show->states[i]].text, status_texts[show->states[i]].length);
  }
  bo_show_etag(show, etag);
  to = stpcpy(stpcpy(stpcpy(to, BEFORE_ETAG), etag), BEFORE_VERSION);
  to = stpncpy(to, told->version, BO_BOARD_NUMBER_SIZE);
  to = stpcpy(to, AFTER_VERSION);
  show->map.length = (size_t)(to - show->map.data);
  memcpy(show->version, told->version, sizeof show->version);
  memcpy(show->live, told->live, sizeof show->live);
  return true;
}
