/* For the .c files of this folder alone: commands that are no scripts, over a connection that is set up and checked. */
#ifndef BO_STORE_REDIS_PRIVATE_H
#define BO_STORE_REDIS_PRIVATE_H

#include <hiredis/hiredis.h>

#include "store/redis.h"

/* Sends one command and takes its reply, which may be an error; freeReplyObject. NULL: REDIS_UNAVAILABLE, MISCONFIGURED,
 * DEADLINE or OUT_OF_MEMORY, and the connection is gone. */
redisReply *bo_redis_command(struct bo_redis *redis, int argc, const char **argv, const struct bo_deadline *deadline,
                             struct bo_problem *problem) BO_MUST_CHECK;

/* The connection of the last command, for whoever goes on by hand; NULL where there is none. */
redisContext *bo_redis_context(struct bo_redis *redis);

/* Closes it. The next command makes another. */
void bo_redis_drop(struct bo_redis *redis);

#endif
