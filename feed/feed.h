/* The feed: what Redis publishes, joined, to nginx. One thread, one loop; it ends on SIGTERM or SIGINT. */
#ifndef BO_FEED_FEED_H
#define BO_FEED_FEED_H

#include "util/config.h"
#include "util/problem.h"

/* False: it could not begin; MISCONFIGURED or OUT_OF_MEMORY. Stores that are down are waited for. */
bool feed_run(const struct bo_config *config, struct bo_problem *problem) BO_MUST_CHECK;

#endif
