#include "message.h"

#include <string.h>

#include "store/label.h"

static const char *const words[] = {
    [FEED_HELD] = "held",     [FEED_BOOKED] = "booked",   [FEED_AVAILABLE] = "available",
    [FEED_LAPSED] = "lapsed", [FEED_NOTHING] = "nothing", [FEED_RESYNC] = "resync",
};

static const uint64_t version_max = (UINT64_C(1) << 53) - 1;
static const uint64_t hold_ms_max = 86400000; /* what a hold may last is half of it */

struct field {
  const char *at;
  size_t length;
};

/* Cuts off what stands before the next '|'. */
static bool next_field(struct field *rest, struct field *out) {
  const char *bar = memchr(rest->at, '|', rest->length);
  if (!bar) return false;
  *out = (struct field){rest->at, (size_t)(bar - rest->at)};
  rest->at += out->length + 1;
  rest->length -= out->length + 1;
  return true;
}

static bool read_number(struct field field, uint64_t most, uint64_t *out) {
  *out = 0;
  for (size_t i = 0; i < field.length; i++) {
    if (field.at[i] < '0' || field.at[i] > '9') return false;
    *out = *out * 10 + (uint64_t)(field.at[i] - '0');
    if (*out > most) return false;
  }
  return field.length > 0;
}

static bool read_what(struct field field, enum feed_what *out) {
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strlen(words[i]) != field.length || memcmp(words[i], field.at, field.length) != 0) continue;
    *out = (enum feed_what)i;
    return true;
  }
  return false;
}

static bool are_labels(struct field field) {
  while (true) {
    const char *comma = memchr(field.at, ',', field.length);
    size_t length = comma ? (size_t)(comma - field.at) : field.length;
    if (!bo_seat_is_label(field.at, length)) return false;
    if (!comma) return true;
    field.at += length + 1;
    field.length -= length + 1;
  }
}

bool feed_show_id_parse(const char *text, size_t length, char show_id[BO_SHOW_ID_LENGTH + 1]) {
  if (length != BO_SHOW_ID_LENGTH) return false;
  memcpy(show_id, text, length);
  show_id[length] = '\0';
  return strspn(show_id, "0123456789abcdef") == length;
}

bool feed_channel_parse(const char *channel, size_t length, char show_id[BO_SHOW_ID_LENGTH + 1]) {
  static const char before[] = "seats:{";
  size_t head = sizeof before - 1;
  return length == head + BO_SHOW_ID_LENGTH + 1 && memcmp(channel, before, head) == 0 && channel[length - 1] == '}' &&
         feed_show_id_parse(channel + head, BO_SHOW_ID_LENGTH, show_id);
}

bool feed_message_parse(const char *text, size_t length, struct feed_message *out) {
  struct field hold = {text, length}, version, what, seats; /* the last is what is left */
  uint64_t hold_ms = 0;
  if (!next_field(&hold, &version) || !next_field(&hold, &what) || !next_field(&hold, &seats)) return false;
  if (!read_number(version, version_max, &out->version) || out->version == 0) return false;
  if (!read_what(what, &out->what) || (hold.length > 0 && !read_number(hold, hold_ms_max, &hold_ms))) return false;
  bool bare = out->what == FEED_NOTHING || out->what == FEED_RESYNC;
  if (bare ? seats.length > 0 : !are_labels(seats)) return false;
  out->seats = seats.at;
  out->seats_length = seats.length;
  out->hold_ms = (int64_t)hold_ms;
  return true;
}
