/* What a board's script publishes (store/lua/board.lua, publish): parsed, and believed in nothing that was not looked at. */
#ifndef BO_FEED_MESSAGE_H
#define BO_FEED_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/bounds.h"
#include "util/problem.h"

enum feed_what { FEED_HELD, FEED_BOOKED, FEED_AVAILABLE, FEED_LAPSED, FEED_NOTHING, FEED_RESYNC };

struct feed_message {
  enum feed_what what;
  uint64_t version;   /* below 2^53, so that a browser counts it exactly */
  const char *seats;  /* labels joined by ',', every one of them sound; borrowed from the text */
  size_t seats_length;
  int64_t hold_ms;    /* until the first of the seats may lapse; 0: not told */
};

/* The show of a channel: `seats:{<24 hex digits>}`. */
bool feed_channel_parse(const char *channel, size_t length, char show_id[BO_SHOW_ID_LENGTH + 1]) BO_MUST_CHECK;

/* Is this the id of a show, as keys and channels have it? It is copied. */
bool feed_show_id_parse(const char *text, size_t length, char show_id[BO_SHOW_ID_LENGTH + 1]) BO_MUST_CHECK;

/* `text` ends with a NUL, as all that hiredis hands out. */
bool feed_message_parse(const char *text, size_t length, struct feed_message *out) BO_MUST_CHECK;

#endif
