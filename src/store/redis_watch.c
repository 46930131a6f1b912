#include "store/redis_watch.h"

#include <stdlib.h>
#include <string.h>

#include "store/redis_private.h"
#include "util/bounds.h"

/* A message is at most some 33 KB long (1,000 seats); who sends longer ones is not of ours. */
enum { UNREAD_MAX = 1 << 20 };

struct bo_watch {
  struct bo_redis *redis;
  bool open;
  redisReply *last; /* the message that was handed out */
  int64_t heard_ms; /* when Redis last said something whole, on the steady clock */
  int64_t asked_ms; /* when it was asked whether it is there; 0: not since then */
};

struct bo_watch *bo_watch_new(const char *url, struct bo_problem *problem) {
  struct bo_watch *watch = calloc(1, sizeof *watch);
  if (!watch) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a subscription");
    return NULL;
  }
  watch->redis = bo_redis_new(url, problem);
  if (watch->redis) return watch;
  free(watch);
  return NULL;
}

static void let_go(struct bo_watch *watch) {
  if (watch->last) freeReplyObject(watch->last);
  watch->last = NULL;
}

void bo_watch_close(struct bo_watch *watch) {
  let_go(watch);
  bo_redis_drop(watch->redis);
  watch->open = false;
}

void bo_watch_free(struct bo_watch *watch) {
  if (!watch) return;
  bo_watch_close(watch);
  bo_redis_free(watch->redis);
  free(watch);
}

bool bo_watch_is_open(const struct bo_watch *watch) { return watch->open; }

int bo_watch_fd(const struct bo_watch *watch) { return watch->open ? bo_redis_context(watch->redis)->fd : -1; }

static bool broken(struct bo_watch *watch, const char *why, struct bo_problem *problem) {
  bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis: subscription: %s", why);
  bo_watch_close(watch);
  return false;
}

static void heard(struct bo_watch *watch) {
  watch->heard_ms = bo_clock_steady_ms();
  watch->asked_ms = 0;
}

bool bo_watch_open(struct bo_watch *watch, const char *pattern, const struct bo_deadline *deadline, struct bo_problem *problem) {
  const char *argv[] = {"PSUBSCRIBE", pattern};
  bo_watch_close(watch);
  redisReply *reply = bo_redis_command(watch->redis, 2, argv, deadline, problem);
  if (!reply) return false;
  bool fine = reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 && reply->element[0]->type == REDIS_REPLY_STRING &&
              strcmp(reply->element[0]->str, "psubscribe") == 0;
  if (!fine) broken(watch, reply->type == REDIS_REPLY_ERROR ? reply->str : "refused", problem);
  freeReplyObject(reply);
  watch->open = fine;
  heard(watch);
  return fine;
}

/* Redis answers a PING on a subscribed connection among the messages. */
static bool ask(struct bo_watch *watch, struct bo_problem *problem) {
  redisContext *context = bo_redis_context(watch->redis);
  int done = 0;
  watch->asked_ms = bo_clock_steady_ms();
  if (redisAppendCommand(context, "PING") != REDIS_OK) return broken(watch, "no memory", problem);
  while (!done)
    if (redisBufferWrite(context, &done) != REDIS_OK) return broken(watch, context->errstr, problem);
  return true;
}

bool bo_watch_read(struct bo_watch *watch, struct bo_problem *problem) {
  redisContext *context = bo_redis_context(watch->redis);
  if (redisBufferRead(context) != REDIS_OK) return broken(watch, context->errstr, problem);
  return context->reader->len <= UNREAD_MAX || broken(watch, "a message is too long", problem);
}

/* Asked after what has arrived was looked at, and not before: whoever was stopped for a while finds the answer there. */
static bool is_there(struct bo_watch *watch, struct bo_problem *problem) {
  int64_t now = bo_clock_steady_ms();
  if (watch->asked_ms) return now - watch->asked_ms <= BO_REDIS_COMMAND_MS || broken(watch, "no answer in time", problem);
  return now - watch->heard_ms <= BO_WATCH_SILENT_MS || ask(watch, problem);
}

/* ["pmessage", pattern, channel, text]. */
static bool is_message(const redisReply *reply) {
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4) return false;
  for (size_t i = 0; i < reply->elements; i++)
    if (reply->element[i]->type != REDIS_REPLY_STRING) return false;
  return strcmp(reply->element[0]->str, "pmessage") == 0;
}

bool bo_watch_next(struct bo_watch *watch, struct bo_heard *out, bool *got, struct bo_problem *problem) {
  redisContext *context = bo_redis_context(watch->redis);
  *got = false;
  while (!*got) {
    void *reply = NULL;
    let_go(watch);
    if (redisReaderGetReply(context->reader, &reply) != REDIS_OK) return broken(watch, context->reader->errstr, problem);
    if (!reply) return is_there(watch, problem);
    watch->last = reply;
    heard(watch);
    *got = is_message(reply); /* and not the answer to a PING */
  }
  const redisReply *channel = watch->last->element[2], *text = watch->last->element[3];
  *out = (struct bo_heard){channel->str, text->str, channel->len, text->len};
  return true;
}

static bool is_scan(const redisReply *reply) {
  return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->type == REDIS_REPLY_STRING &&
         reply->element[0]->len < BO_CURSOR_SIZE && reply->element[1]->type == REDIS_REPLY_ARRAY;
}

bool bo_redis_scan_boards(struct bo_redis *redis, char cursor[BO_CURSOR_SIZE],
                          void (*found)(void *context, const char *show_id, size_t length), void *context,
                          const struct bo_deadline *deadline, struct bo_problem *problem) {
  static const char before[] = "board:{", after[] = "}";
  const char *argv[] = {"SCAN", cursor, "MATCH", "board:{*}", "COUNT", "1000"};
  redisReply *reply = bo_redis_command(redis, 6, argv, deadline, problem);
  if (!reply) return false;
  bool fine = is_scan(reply);
  if (fine) {
    memcpy(cursor, reply->element[0]->str, reply->element[0]->len + 1);
    const redisReply *keys = reply->element[1];
    for (size_t i = 0; i < keys->elements; i++) {
      const redisReply *key = keys->element[i];
      if (key->type == REDIS_REPLY_STRING && key->len >= sizeof before + sizeof after - 2)
        found(context, key->str + sizeof before - 1, key->len - (sizeof before + sizeof after - 2));
    }
  } else {
    bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis refused SCAN: %s",
                   reply->type == REDIS_REPLY_ERROR ? reply->str : "a reply of an unexpected form");
  }
  freeReplyObject(reply);
  return fine;
}
