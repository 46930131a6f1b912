#include "store/redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "store/redis_private.h"
#include "store/redis_url.h"
#include "store/scripts.h"
#include "util/bounds.h"
#include "util/buf.h"
#include "util/log.h"
#include "util/metrics.h"

enum { CHECK_EVERY_MS = 10000, RUN_SIZE = 96, SHA_SIZE = 41, WIRE_KEPT_MAX = 64 * 1024 };

struct bo_redis {
  struct bo_redis_url url;
  redisContext *context; /* NULL: not connected */
  unsigned connection;
  bool node_holds;
  bool made_twice; /* the last call of a script */
  char run[RUN_SIZE]; /* run_id and master_replid of the process behind the connection */
  int64_t checked_ms; /* steady clock */
  int64_t cool_until_ms;
  struct bo_problem cool_problem; /* what is answered until then */
  struct bo_waits waits;
  char sha[BO_SCRIPT_COUNT][SHA_SIZE]; /* "" until SCRIPT LOAD told */
  struct bo_buf wire;                  /* the command that is sent; kept, as long as it is small */
};

static const struct {
  const char *name, *text, *node_text;
} scripts[BO_SCRIPT_COUNT] = {
#define SCRIPT(name) {#name, bo_script_##name, bo_script_##name##_node}
    [BO_SCRIPT_HOLD] = SCRIPT(hold),
    [BO_SCRIPT_EXTEND] = SCRIPT(extend),
    [BO_SCRIPT_RELEASE] = SCRIPT(release),
    [BO_SCRIPT_CONFIRM_BEGIN] = SCRIPT(confirm_begin),
    [BO_SCRIPT_CONFIRM_FINISH] = SCRIPT(confirm_finish),
    [BO_SCRIPT_CANCEL_BEGIN] = SCRIPT(cancel_begin),
    [BO_SCRIPT_CANCEL_FINISH] = SCRIPT(cancel_finish),
    [BO_SCRIPT_STATUS] = SCRIPT(status),
    [BO_SCRIPT_SUMMARY] = SCRIPT(summary),
    [BO_SCRIPT_LOAD_BEGIN] = SCRIPT(load_begin),
    [BO_SCRIPT_LOAD_MERGE] = SCRIPT(load_merge),
    [BO_SCRIPT_LAPSE] = SCRIPT(lapse),
#undef SCRIPT
};

struct bo_redis *bo_redis_new(const char *url, struct bo_problem *problem) {
  struct bo_redis *redis = calloc(1, sizeof *redis);
  if (!redis) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the Redis connection");
    return NULL;
  }
  if (!bo_redis_url_parse(url, &redis->url, problem)) {
    free(redis);
    return NULL;
  }
  return redis;
}

void bo_redis_heed_node_holds(struct bo_redis *redis) { redis->node_holds = true; }

static const char *text_of(const struct bo_redis *redis, enum bo_script script) {
  return redis->node_holds ? scripts[script].node_text : scripts[script].text;
}

static void disconnect(struct bo_redis *redis) {
  if (redis->context) redisFree(redis->context);
  redis->context = NULL;
}

void bo_redis_free(struct bo_redis *redis) {
  if (!redis) return;
  disconnect(redis);
  explicit_bzero(&redis->url, sizeof redis->url);
  bo_buf_free(&redis->wire);
  free(redis);
}

struct bo_waits bo_redis_take_waits(struct bo_redis *redis) { return bo_waits_take(&redis->waits); }

unsigned bo_redis_connection(const struct bo_redis *redis) { return redis->connection; }

bool bo_redis_made_twice(const struct bo_redis *redis) { return redis->made_twice; }

const char *bo_redis_script_name(enum bo_script script) { return scripts[script].name; }

void bo_redis_reply_free(struct redisReply *reply) {
  if (reply) freeReplyObject(reply);
}

/* For the next second this problem is answered at once, so that requests which do not need Redis keep their
 * speed; then one request tries. */
static bool cool_down(struct bo_redis *redis, const struct bo_problem *problem) {
  disconnect(redis);
  redis->cool_until_ms = bo_clock_steady_ms() + BO_STORE_COOLDOWN_MS;
  redis->cool_problem = *problem;
  return false;
}

static bool timed_out(const redisContext *context) {
  return context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETIMEDOUT);
}

/* The connection is dead; what it was asked may or may not have been done. */
static bool connection_failed(struct bo_redis *redis, const char *doing, struct bo_problem *problem) {
  bool slow = timed_out(redis->context);
  bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis: %s: %s", doing,
                 slow ? "no answer in time" : redis->context->errstr);
  if (slow) return cool_down(redis, problem);
  disconnect(redis);
  return false;
}

static bool sent(redisContext *context) {
  int done = 0;
  while (!done) {
    if (redisBufferWrite(context, &done) != REDIS_OK) return false;
  }
  return true;
}

/* Sends what was appended and takes the reply. redisGetReply is not used: it bounds each read (SO_RCVTIMEO), and a reply that
 * drips byte by byte never ends. Here the last read begins within the bound. NULL: the connection is dead (context->err says
 * how). */
static redisReply *take_reply(redisContext *context, int64_t begun_us) {
  void *reply = NULL;
  errno = 0;
  if (!sent(context)) return NULL;
  while (redisGetReplyFromReader(context, &reply) == REDIS_OK && !reply) {
    if (bo_clock_steady_us() - begun_us > BO_REDIS_COMMAND_MS * 1000) {
      context->err = REDIS_ERR_IO;
      errno = EAGAIN; /* as where a read takes too long */
      return NULL;
    }
    if (redisBufferRead(context) != REDIS_OK) return NULL;
  }
  return reply;
}

/* Sends one command and takes its reply. NULL: the connection is dead, or memory is out (context->err is set). */
static redisReply *ask(struct bo_redis *redis, int argc, const char **argv, const size_t *lengths) {
  int64_t begun = bo_clock_steady_us();
  redisReply *reply = NULL;
  if (redisAppendCommandArgv(redis->context, argc, argv, lengths) == REDIS_OK) reply = take_reply(redis->context, begun);
  (void)bo_waits_add(&redis->waits, begun);
  return reply;
}

static redisReply *ask_words(struct bo_redis *redis, int argc, const char **argv) { return ask(redis, argc, argv, NULL); }

/* A setup command whose answer must not be an error. */
static bool command(struct bo_redis *redis, int argc, const char **argv, struct bo_problem *problem) {
  redisReply *reply = ask_words(redis, argc, argv);
  if (!reply) return connection_failed(redis, argv[0], problem);
  bool fine = reply->type != REDIS_REPLY_ERROR;
  if (!fine) {
    bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis refused %s: %s", argv[0], reply->str);
    cool_down(redis, problem);
  }
  freeReplyObject(reply);
  return fine;
}

/* Copies the value of `name` out of INFO's text; false where it is not there or does not fit. */
static bool info_value(const char *info, const char *name, char *out, size_t size) {
  size_t name_length = strlen(name);
  for (const char *line = info; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
    if (strncmp(line, name, name_length) != 0 || line[name_length] != ':') continue;
    const char *value = line + name_length + 1;
    size_t length = strcspn(value, "\r\n");
    if (length >= size) return false;
    memcpy(out, value, length);
    out[length] = '\0';
    return true;
  }
  return false;
}

/* Looks at INFO: the run, and whether this Redis may keep holds at all. */
static bool judge(struct bo_redis *redis, const char *info, struct bo_problem *problem) {
  char run_id[48], replid[48], version[32], role[16], policy[32], loading[4] = "0",
      mode[16] = "";
  if (!info_value(info, "run_id", run_id, sizeof run_id) || !info_value(info, "master_replid", replid, sizeof replid) ||
      !info_value(info, "redis_version", version, sizeof version) || !info_value(info, "role", role, sizeof role) ||
      !info_value(info, "maxmemory_policy", policy, sizeof policy))
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "Redis: INFO tells no run_id, role or maxmemory_policy; no multiplexing proxy may stand in between");
  snprintf(redis->run, sizeof redis->run, "%s/%s", run_id, replid);
  int major = 0, minor = 0;
  if (sscanf(version, "%d.%d", &major, &minor) != 2 || major < 6 || (major == 6 && minor < 2))
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "Redis %s is too old: 6.2 or newer is needed", version);
  if (strcmp(policy, "noeviction") != 0)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "Redis may throw holds away: set maxmemory-policy noeviction (it is %s)", policy);
  if (redis->node_holds && info_value(info, "redis_mode", mode, sizeof mode) && strcmp(mode, "cluster") == 0)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "Redis is a cluster, where the keys of the Node program's holds have no place: unset BOXOFFICE_NODE_HOLDS");
  if (info_value(info, "loading", loading, sizeof loading) && strcmp(loading, "1") == 0)
    return bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis is still loading its data");
  if (strcmp(role, "master") != 0)
    return bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis is a replica: REDIS_URL must name the primary");
  redis->checked_ms = bo_clock_steady_ms();
  return true;
}

static bool check_deployment(struct bo_redis *redis, struct bo_problem *problem) {
  const char *argv[] = {"INFO"};
  redisReply *reply = ask_words(redis, 1, argv);
  if (!reply) return connection_failed(redis, "INFO", problem);
  bool fine = false;
  if (reply->type == REDIS_REPLY_STRING) {
    fine = judge(redis, reply->str, problem);
  } else {
    bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis refused INFO: %s", reply->str ? reply->str : "?");
  }
  freeReplyObject(reply);
  return fine || cool_down(redis, problem);
}

static bool time_left(const struct bo_deadline *deadline, struct bo_problem *problem) {
  return bo_deadline_left_ms(deadline) > 0 ||
         bo_problem_set(problem, BO_PROBLEM_DEADLINE, "no time left to ask Redis");
}

/* Scripts are the same for every connection, so their names are asked for once. */
static bool learn_scripts(struct bo_redis *redis, const struct bo_deadline *deadline, struct bo_problem *problem) {
  for (int i = 0; i < BO_SCRIPT_COUNT; i++) {
    if (redis->sha[i][0]) continue;
    if (!time_left(deadline, problem)) return false;
    const char *argv[] = {"SCRIPT", "LOAD", text_of(redis, (enum bo_script)i)};
    redisReply *reply = ask_words(redis, 3, argv);
    if (!reply) return connection_failed(redis, "SCRIPT LOAD", problem);
    bool fine = reply->type == REDIS_REPLY_STRING && reply->len == SHA_SIZE - 1;
    if (fine) {
      memcpy(redis->sha[i], reply->str, SHA_SIZE);
    } else {
      bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis refused SCRIPT LOAD: %s", reply->str ? reply->str : "?");
      cool_down(redis, problem);
    }
    freeReplyObject(reply);
    if (!fine) return false;
  }
  return true;
}

static bool log_in(struct bo_redis *redis, struct bo_problem *problem) {
  if (redis->url.password[0]) {
    const char *with_user[] = {"AUTH", redis->url.user, redis->url.password};
    const char *without[] = {"AUTH", redis->url.password};
    bool named = redis->url.user[0] != '\0';
    if (!command(redis, named ? 3 : 2, named ? with_user : without, problem)) return false;
  }
  if (redis->url.db) {
    char db[16];
    snprintf(db, sizeof db, "%d", redis->url.db);
    const char *argv[] = {"SELECT", db};
    if (!command(redis, 2, argv, problem)) return false;
  }
  const char *name[] = {"CLIENT", "SETNAME", "boxoffice"};
  return command(redis, 3, name, problem);
}

/* redisReconnect is not used: it forgets the command timeout. */
static bool connect_anew(struct bo_redis *redis, const struct bo_deadline *deadline, struct bo_problem *problem) {
  struct timeval connect_limit = {0, BO_REDIS_CONNECT_MS * 1000}, command_limit = {0, BO_REDIS_COMMAND_MS * 1000};
  int64_t begun = bo_clock_steady_us();
  redis->context = redis->url.path[0] ? redisConnectUnixWithTimeout(redis->url.path, connect_limit)
                                      : redisConnectWithTimeout(redis->url.host, redis->url.port, connect_limit);
  int64_t took = bo_waits_add(&redis->waits, begun);
  if (!redis->context) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the Redis connection");
  if (redis->context->err) {
    bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis: connect: %s", redis->context->errstr);
    if (took > BO_REDIS_CONNECT_MS * 500) return cool_down(redis, problem); /* a refusal is quick, and may be asked again */
    disconnect(redis);
    return false;
  }
  redis->connection++;
  bo_metrics_add(BO_COUNTER_REDIS_CONNECTIONS, 1);
  if (redisSetTimeout(redis->context, command_limit) != REDIS_OK) return connection_failed(redis, "timeout", problem);
  bool fine = log_in(redis, problem) && time_left(deadline, problem) && check_deployment(redis, problem) &&
              learn_scripts(redis, deadline, problem);
  if (!fine) disconnect(redis); /* half set up is not set up */
  return fine;
}

static bool ready(struct bo_redis *redis, const struct bo_deadline *deadline, struct bo_problem *problem) {
  int64_t now = bo_clock_steady_ms();
  if (now < redis->cool_until_ms) {
    *problem = redis->cool_problem;
    return false;
  }
  if (!time_left(deadline, problem)) return false;
  if (!redis->context) return connect_anew(redis, deadline, problem);
  if (now - redis->checked_ms > CHECK_EVERY_MS) return check_deployment(redis, problem);
  return true;
}

bool bo_redis_check(struct bo_redis *redis, const struct bo_deadline *deadline, struct bo_problem *problem) {
  redis->checked_ms = 0;
  return ready(redis, deadline, problem);
}

redisReply *bo_redis_command(struct bo_redis *redis, int argc, const char **argv, const struct bo_deadline *deadline,
                             struct bo_problem *problem) {
  if (!ready(redis, deadline, problem)) return NULL;
  redisReply *reply = ask_words(redis, argc, argv);
  if (!reply) connection_failed(redis, argv[0], problem);
  return reply;
}

redisContext *bo_redis_context(struct bo_redis *redis) { return redis->context; }

void bo_redis_drop(struct bo_redis *redis) { disconnect(redis); }

static bool is_error(const redisReply *reply, const char *prefix) {
  return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, prefix, strlen(prefix)) == 0;
}

/* The reply's form is what all scripts return, or it is an error here. */
static redisReply *accept_reply(struct bo_redis *redis, redisReply *reply, struct bo_problem *problem) {
  if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 && reply->element[0]->type == REDIS_REPLY_STRING) return reply;
  const char *said = reply->type == REDIS_REPLY_ERROR ? reply->str : "a reply of an unexpected type";
  bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis refused: %.120s", said);
  bo_log(BO_LOG_ERROR, "redis refused a script: %s", said);
  /* It is another server than it was, or not ready: the next request connects anew and looks. */
  if (is_error(reply, "READONLY") || is_error(reply, "LOADING") || is_error(reply, "MASTERDOWN")) disconnect(redis);
  freeReplyObject(reply);
  return NULL;
}

/* A script call as the caller gave it. */
struct script_call {
  enum bo_script script;
  const struct bo_script_arg *args;
  size_t n_args, n_keys;
};

static void put_head(struct bo_buf *wire, char kind, size_t number) {
  char head[1 + BO_DIGITS_MAX + 2], *end = head + sizeof head, *first = bo_digits(number, end - 2) - 1;
  *first = kind;
  end[-2] = '\r';
  end[-1] = '\n';
  bo_buf_append(wire, first, (size_t)(end - first));
}

static void put_bulk(struct bo_buf *wire, const void *data, size_t length) {
  put_head(wire, '$', length);
  bo_buf_append(wire, data, length);
  bo_buf_append(wire, "\r\n", 2);
}

/* The command in Redis's protocol. hiredis can do it too, for a sixth of all that a worker does for a hold. */
static bool write_call(struct bo_redis *redis, const struct script_call *call, const char *command, const char *script) {
  struct bo_buf *wire = &redis->wire;
  char n_keys[BO_DIGITS_MAX], *n_keys_end = n_keys + sizeof n_keys, *n_keys_text = bo_digits(call->n_keys, n_keys_end);
  bo_buf_reset(wire);
  put_head(wire, '*', 3 + call->n_args);
  put_bulk(wire, command, strlen(command));
  put_bulk(wire, script, strlen(script));
  put_bulk(wire, n_keys_text, (size_t)(n_keys_end - n_keys_text));
  for (size_t i = 0; i < call->n_args; i++) {
    bool is_run = i == call->n_keys;
    put_bulk(wire, is_run ? redis->run : call->args[i].data, is_run ? strlen(redis->run) : call->args[i].length);
  }
  return !wire->failed;
}

/* One command and its reply. NULL: the connection is dead (context->err says how), or memory is out. */
static redisReply *send_call(struct bo_redis *redis, const struct script_call *call, const char *command, const char *script) {
  redisReply *reply = NULL;
  if (!write_call(redis, call, command, script)) return NULL;
  int64_t begun = bo_clock_steady_us();
  if (redisAppendFormattedCommand(redis->context, redis->wire.data, redis->wire.length) == REDIS_OK)
    reply = take_reply(redis->context, begun);
  bo_metrics_redis(call->script, bo_waits_add(&redis->waits, begun));
  if (redis->wire.capacity > WIRE_KEPT_MAX) bo_buf_free(&redis->wire);
  return reply;
}

/* One EVALSHA, and EVAL where Redis has forgotten the script. */
static redisReply *evaluate(struct bo_redis *redis, const struct script_call *call) {
  redisReply *reply = send_call(redis, call, "EVALSHA", redis->sha[call->script]);
  if (!reply || !is_error(reply, "NOSCRIPT")) return reply;
  freeReplyObject(reply);
  return send_call(redis, call, "EVAL", text_of(redis, call->script));
}

static bool lost(const struct bo_redis *redis, unsigned connection, struct bo_problem *problem) {
  if (connection == BO_ANY_CONNECTION || (redis->context && redis->connection == connection)) return false;
  bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis: the connection was lost");
  return true;
}

/* Sends the script over a connection that is fit for it. `*dead`: a kept connection turned out to be closed. */
static redisReply *attempt(struct bo_redis *redis, const struct script_call *call, unsigned connection, bool *dead,
                           const struct bo_deadline *deadline, struct bo_problem *problem) {
  bool kept = redis->context != NULL;
  *dead = false;
  if (lost(redis, connection, problem)) return NULL;
  if (!ready(redis, deadline, problem)) {
    *dead = kept && !redis->context && bo_clock_steady_ms() >= redis->cool_until_ms;
    return NULL;
  }
  redisReply *reply = evaluate(redis, call);
  if (reply) return accept_reply(redis, reply, problem);
  if (!redis->context->err) { /* nothing was sent */
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a Redis command");
    return NULL;
  }
  *dead = kept && !timed_out(redis->context);
  connection_failed(redis, "script", problem);
  return NULL;
}

struct redisReply *bo_redis_script(struct bo_redis *redis, enum bo_script script, const struct bo_script_arg *args,
                                   size_t n_args, size_t n_keys, unsigned connection, const struct bo_deadline *deadline,
                                   struct bo_problem *problem) {
  const struct script_call call = {script, args, n_args, n_keys};
  bool dead = false;
  redisReply *reply = attempt(redis, &call, connection, &dead, deadline, problem);
  redis->made_twice = !reply && dead && connection == BO_ANY_CONNECTION;
  if (redis->made_twice) reply = attempt(redis, &call, connection, &dead, deadline, problem);
  return reply;
}
