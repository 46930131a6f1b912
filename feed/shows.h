/* The shows that something happens to: what is to be told of each, and when its next hold may lapse. No sockets. Times are
 * of the steady clock, in ms. Memory is bounded: past its bounds, clients are told to read the map again. */
#ifndef BO_FEED_SHOWS_H
#define BO_FEED_SHOWS_H

#include "message.h"
#include "util/buf.h"

enum {
  FEED_JOIN_MS = 100,          /* what happens within is told as one */
  FEED_EVENT_MAX = 64 * 1024,  /* bytes of one event; nginx takes twice that */
  FEED_WAITING_MAX = 16 << 20, /* bytes of all that is yet to be told */
  FEED_SHOWS_MAX = 50000
};

struct feed_shows;

struct feed_shows *feed_shows_new(void) BO_MUST_CHECK; /* NULL: out of memory */
void feed_shows_free(struct feed_shows *shows);

/* Notes a message of a show. False: there is no room for it, all clients must read their maps again. */
bool feed_shows_note(struct feed_shows *shows, const char *show_id, const struct feed_message *message,
                     int64_t now_ms) BO_MUST_CHECK;

/* Clients of the show are to read the map again, whatever is to be told of it. False as above. */
bool feed_shows_resync(struct feed_shows *shows, const char *show_id, int64_t now_ms) BO_MUST_CHECK;

/* The show's holds are to be looked at, at this time or earlier. False: no room, its lapses will not be told. */
bool feed_shows_look_at(struct feed_shows *shows, const char *show_id, int64_t when_ms) BO_MUST_CHECK;

/* Nothing is left to be told: everybody reads the map again anyway. */
void feed_shows_forget_changes(struct feed_shows *shows);

/* The next event that is due. False: none is. `body` is written anew; resync: the map must be read again. */
struct feed_event {
  char show_id[BO_SHOW_ID_LENGTH + 1];
  bool resync;
};
bool feed_shows_take_event(struct feed_shows *shows, int64_t now_ms, struct feed_event *out, struct bo_buf *body) BO_MUST_CHECK;

/* The next show whose holds are to be looked at; false: none is. */
bool feed_shows_take_look(struct feed_shows *shows, int64_t now_ms, char show_id[BO_SHOW_ID_LENGTH + 1]) BO_MUST_CHECK;

/* When the next event is due, and the next look; INT64_MAX for none. */
int64_t feed_shows_next_event_ms(const struct feed_shows *shows);
int64_t feed_shows_next_look_ms(const struct feed_shows *shows);

/* How many are kept, for tests. */
size_t feed_shows_count(const struct feed_shows *shows);

#endif
