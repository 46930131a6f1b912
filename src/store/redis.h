/* One worker's connection to Redis: made on first use, never shared between processes, replaced after it failed
 * (a context that failed once answers the wrong question next). Every call is bounded by util/bounds.h. */
#ifndef BO_STORE_REDIS_H
#define BO_STORE_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/problem.h"

struct bo_redis;
struct redisReply; /* hiredis's; only board.c looks inside */

/* Parses the URL; connects to nothing yet. NULL: MISCONFIGURED or OUT_OF_MEMORY. */
struct bo_redis *bo_redis_new(const char *url, struct bo_problem *problem) BO_MUST_CHECK;
void bo_redis_free(struct bo_redis *redis);

/* Before the first use: the scripts also write, and heed, holds in the Node program's form (lua/node_holds.lua). A Redis Cluster
 * is MISCONFIGURED then. */
void bo_redis_heed_node_holds(struct bo_redis *redis);

/* What was waited for Redis since the last call of this. */
struct bo_waits bo_redis_take_waits(struct bo_redis *redis);

/* Is the deployment right? Primary, Redis 6.2 or newer, maxmemory-policy noeviction. MISCONFIGURED with what
 * to do, or REDIS_UNAVAILABLE. Each new connection is checked so before its first use, and again each ten seconds. */
bool bo_redis_check(struct bo_redis *redis, const struct bo_deadline *deadline, struct bo_problem *problem) BO_MUST_CHECK;

/* Counts connections from 1; two calls under one number went through one connection. */
enum { BO_ANY_CONNECTION = 0 };
unsigned bo_redis_connection(const struct bo_redis *redis);

/* Was the last call of a script made twice? Then the first may have done its work, and only its reply was lost. */
bool bo_redis_made_twice(const struct bo_redis *redis);

/* The scripts of store/lua. */
enum bo_script {
  BO_SCRIPT_HOLD,
  BO_SCRIPT_EXTEND,
  BO_SCRIPT_RELEASE,
  BO_SCRIPT_CONFIRM_BEGIN,
  BO_SCRIPT_CONFIRM_FINISH,
  BO_SCRIPT_CANCEL_BEGIN,
  BO_SCRIPT_CANCEL_FINISH,
  BO_SCRIPT_STATUS,
  BO_SCRIPT_SUMMARY,
  BO_SCRIPT_LOAD_BEGIN,
  BO_SCRIPT_LOAD_MERGE,
  BO_SCRIPT_LAPSE,
  BO_SCRIPT_COUNT
};

const char *bo_redis_script_name(enum bo_script script); /* that of its file */

/* Arguments of a script call; the bytes are borrowed. */
struct bo_script_arg {
  const void *data;
  size_t length;
};

/* Runs a script: KEYS are args[0..n_keys), ARGV the rest. ARGV[1] is left to us: in the place of args[n_keys]
 * the run is sent of the Redis process the connection leads to. `connection`: BO_ANY_CONNECTION, and where a kept connection turns
 * out to be dead (Redis restarted) the call is made once more on a new one, since such scripts may be run twice; or
 * the one connection it must go through, else it is not made.
 * NULL: REDIS_UNAVAILABLE, MISCONFIGURED, DEADLINE or OUT_OF_MEMORY. The reply is an array whose first element
 * is a string; free it with bo_redis_reply_free. */
struct redisReply *bo_redis_script(struct bo_redis *redis, enum bo_script script, const struct bo_script_arg *args,
                                   size_t n_args, size_t n_keys, unsigned connection, const struct bo_deadline *deadline,
                                   struct bo_problem *problem) BO_MUST_CHECK;
void bo_redis_reply_free(struct redisReply *reply);

#endif
