/* Posts events to nginx's nchan, over its Unix socket: one at a time, so that they arrive in order. */
#ifndef BO_FEED_PUBLISHER_H
#define BO_FEED_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>

#include "util/problem.h"

enum { FEED_POST_MS = 1000 }; /* a whole post; a longer one has failed */

enum feed_event_kind { FEED_EVENT_SEATS, FEED_EVENT_RESYNC, FEED_EVENT_ALIVE };
#define FEED_CHANNEL_ALL "all" /* every subscriber hears this channel too */

struct feed_publisher;

/* Connects to nothing yet. NULL: MISCONFIGURED or OUT_OF_MEMORY. */
struct feed_publisher *feed_publisher_new(const char *socket_path, struct bo_problem *problem) BO_MUST_CHECK;
void feed_publisher_free(struct feed_publisher *publisher);

bool feed_publisher_is_busy(const struct feed_publisher *publisher);

/* Begins a post; only where none is under way. The body is borrowed until it is over. False: OUT_OF_MEMORY. */
bool feed_publisher_post(struct feed_publisher *publisher, const char *channel, enum feed_event_kind kind, const char *body,
                         size_t length, struct bo_problem *problem) BO_MUST_CHECK;

/* Goes on with the post under way. False: it failed, or nginx refused it: INTERNAL, which says how. */
bool feed_publisher_go_on(struct feed_publisher *publisher, struct bo_problem *problem) BO_MUST_CHECK;

/* Waits for the post under way, or until one of `fds` is readable (negative ones are passed over), at most so long. */
enum { FEED_FDS_MAX = 2 };
void feed_publisher_wait(struct feed_publisher *publisher, const int fds[FEED_FDS_MAX], bool readable[FEED_FDS_MAX],
                         int timeout_ms);

#endif
