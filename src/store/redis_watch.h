/* What a listener needs of Redis: a subscription, and which boards there are. */
#ifndef BO_STORE_REDIS_WATCH_H
#define BO_STORE_REDIS_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "store/redis.h"

struct bo_watch; /* a subscription, on a connection of its own */

/* A message that was heard. The bytes are the watch's, until its next call. */
struct bo_heard {
  const char *channel, *text;
  size_t channel_length, text_length;
};

/* Parses the URL; connects to nothing yet. NULL: MISCONFIGURED or OUT_OF_MEMORY. */
struct bo_watch *bo_watch_new(const char *url, struct bo_problem *problem) BO_MUST_CHECK;
void bo_watch_free(struct bo_watch *watch);

/* Connects and subscribes to all channels of the pattern: whatever is published after this returned true is heard, or
 * the watch breaks. REDIS_UNAVAILABLE, MISCONFIGURED, DEADLINE or OUT_OF_MEMORY. */
bool bo_watch_open(struct bo_watch *watch, const char *pattern, const struct bo_deadline *deadline,
                   struct bo_problem *problem) BO_MUST_CHECK;
bool bo_watch_is_open(const struct bo_watch *watch);
void bo_watch_close(struct bo_watch *watch);

/* To be polled for reading; -1 where it is not open. */
int bo_watch_fd(const struct bo_watch *watch);

/* Takes what has arrived: to be called where the descriptor is readable. False: REDIS_UNAVAILABLE, the watch is closed. */
bool bo_watch_read(struct bo_watch *watch, struct bo_problem *problem) BO_MUST_CHECK;

/* The next message of what has arrived. `*got` false: there is none left. Then it sees to it that Redis is there: one from
 * which nothing whole has come for BO_WATCH_SILENT_MS, be it silent or dripping, is asked, and given up where no answer has come
 * when BO_REDIS_COMMAND_MS are over. False: REDIS_UNAVAILABLE, the watch is closed. */
bool bo_watch_next(struct bo_watch *watch, struct bo_heard *out, bool *got, struct bo_problem *problem) BO_MUST_CHECK;

/* One step through the names of all boards. `cursor`: "0" to begin with, and when it is over. `found` is called with each
 * show's id (not NUL-ended; some may come twice). False as bo_redis_script. */
enum { BO_CURSOR_SIZE = 24 };
bool bo_redis_scan_boards(struct bo_redis *redis, char cursor[BO_CURSOR_SIZE],
                          void (*found)(void *context, const char *show_id, size_t length), void *context,
                          const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

#endif
