#include "store/setup.h"

#include "store/mongo_private.h"

#include "store/deployment_private.h"

enum { TWICE_SHOWN = 10, PRIMARY_POLL_MS = 100 };

/* -- the replica set ---------------------------------------------------------------------------- */

enum server_state { SERVER_ALONE, SERVER_WAITS, SERVER_PRIMARY, SERVER_OTHER };

static enum server_state state_of(const bson_t *hello) {
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, hello, "setName")) {
    return bson_iter_init_find(&iter, hello, "isreplicaset") ? SERVER_WAITS : SERVER_ALONE;
  }
  bool primary = bson_iter_init_find(&iter, hello, "isWritablePrimary") && bson_iter_as_bool(&iter);
  return primary ? SERVER_PRIMARY : SERVER_OTHER;
}

static bool append_config(bson_t *command, const char *set, const char *host) {
  bson_t config, members, member;
  return BSON_APPEND_DOCUMENT_BEGIN(command, "replSetInitiate", &config) && BSON_APPEND_UTF8(&config, "_id", set) &&
         mongo_array_begin(&config, "members", &members) && BSON_APPEND_DOCUMENT_BEGIN(&members, "0", &member) &&
         BSON_APPEND_INT32(&member, "_id", 0) && BSON_APPEND_UTF8(&member, "host", host) &&
         bson_append_document_end(&members, &member) && bson_append_array_end(&config, &members) &&
         bson_append_document_end(command, &config);
}

static bool send_initiate(mongoc_client_t *client, const char *set, const char *host, struct bo_problem *problem) {
  bson_t command = BSON_INITIALIZER, reply;
  bson_error_t error = {0};
  bool ok = append_config(&command, set, host) && deployment_direct_run(client, &command, &reply, &error);
  if (!ok) {
    ok = bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "replSetInitiate of \"%.40s\" with member %.80s was refused: %.100s",
                        set, host, error.message);
  }
  bson_destroy(&reply);
  bson_destroy(&command);
  return ok;
}

/* A set of one elects itself within a second or two. */
static bool await_primary(mongoc_client_t *client, const struct bo_deadline *deadline, struct bo_problem *problem) {
  bson_error_t error;
  while (bo_deadline_left_ms(deadline) > 0) {
    bson_t reply;
    bool primary = deployment_direct_hello(client, &reply, &error) && state_of(&reply) == SERVER_PRIMARY;
    bson_destroy(&reply);
    if (primary) {
      return true;
    }
    mongo_pause(PRIMARY_POLL_MS, deadline);
  }
  return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "the replica set was given time, but has no primary yet");
}

/* `host` is the member's name: what the URI calls it, so that a client with replicaSet= finds it under that name. */
static bool initiate(mongoc_client_t *client, const mongoc_uri_t *uri, const struct bo_deadline *deadline,
                     enum bo_setup *what, const char *host, struct bo_problem *problem) {
  const mongoc_host_list_t *hosts = mongoc_uri_get_hosts(uri);
  const char *set = mongoc_uri_get_replica_set(uri);
  if (hosts->next != NULL) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "MONGO_URI names several hosts: initiate a set of several members by mongosh, rs.initiate()");
  }
  *what = BO_SETUP_DONE;
  return send_initiate(client, set != NULL ? set : "rs0", host, problem) && await_primary(client, deadline, problem);
}

static bool settle(mongoc_client_t *client, const mongoc_uri_t *uri, const struct bo_deadline *deadline,
                   enum bo_setup *what, const char *host, struct bo_problem *problem) {
  bson_t reply;
  bson_error_t error = {0};
  bool reached = deployment_direct_hello(client, &reply, &error);
  enum server_state state = reached ? state_of(&reply) : SERVER_OTHER;
  bson_destroy(&reply);
  *what = BO_SETUP_PRESENT;
  if (!reached) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB at %.80s does not answer: %.120s", host,
                          error.message);
  }
  switch (state) {
  case SERVER_ALONE:
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "MongoDB at %.80s runs stand-alone: start it with --replSet rs0, then run init again", host);
  case SERVER_WAITS:
    return initiate(client, uri, deadline, what, host, problem);
  case SERVER_OTHER: /* a secondary of a larger set is as it should be; a lone member may be about to win */
    return mongoc_uri_get_hosts(uri)->next != NULL || await_primary(client, deadline, problem);
  case SERVER_PRIMARY:
    break;
  }
  return true;
}

bool bo_setup_initiate(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                            enum bo_setup *what, const char **host, struct bo_problem *problem) {
  mongoc_uri_t *uri = mongo_copy_uri(mongo);
  const mongoc_host_list_t *hosts = mongoc_uri_get_hosts(uri);
  mongoc_client_t *client = NULL;
  bool ok = false;
  *what = BO_SETUP_PRESENT;
  *host = "(from DNS)";
  if (hosts == NULL) { /* mongodb+srv://: somebody else's set, which is there or not */
    ok = true;
    goto done;
  }
  *host = bo_arena_strdup(arena, hosts->host_and_port);
  client = deployment_direct_client(mongo, 2 * DEPLOYMENT_DIAGNOSE_MS);
  if (client == NULL || *host == NULL) {
    (void)bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a direct connection");
    goto done;
  }
  ok = settle(client, uri, deadline, what, *host, problem);
done:
  mongoc_client_destroy(client); /* NULL is fine */
  mongoc_uri_destroy(uri);
  return ok;
}

/* -- the unique index --------------------------------------------------------------------------------- */

static bool append_fence(bson_t *command) {
  bson_t indexes, index, key;
  return BSON_APPEND_UTF8(command, "createIndexes", "bookings") &&
         mongo_array_begin(command, "indexes", &indexes) && BSON_APPEND_DOCUMENT_BEGIN(&indexes, "0", &index) &&
         BSON_APPEND_DOCUMENT_BEGIN(&index, "key", &key) && BSON_APPEND_INT32(&key, "showId", 1) &&
         BSON_APPEND_INT32(&key, "seatNumber", 1) && bson_append_document_end(&index, &key) &&
         BSON_APPEND_UTF8(&index, "name", "showId_1_seatNumber_1") && BSON_APPEND_BOOL(&index, "unique", true) &&
         bson_append_document_end(&indexes, &index) && bson_append_array_end(command, &indexes);
}

/* [{$group: {_id: {s: "$showId", n: "$seatNumber"}, c: {$sum: 1}}}, {$match: {c: {$gt: 1}}}, {$limit: N}] */
static bool append_twice_query(bson_t *command) {
  bson_t *pipeline = BCON_NEW(
      "aggregate", BCON_UTF8("bookings"), "pipeline", "[",
      "{", "$group", "{", "_id", "{", "s", BCON_UTF8("$showId"), "n", BCON_UTF8("$seatNumber"), "}",
      "c", "{", "$sum", BCON_INT32(1), "}", "}", "}",
      "{", "$match", "{", "c", "{", "$gt", BCON_INT32(1), "}", "}", "}",
      "{", "$sort", "{", "_id", BCON_INT32(1), "}", "}",
      "{", "$limit", BCON_INT32(TWICE_SHOWN), "}", "]",
      "cursor", "{", "}", "allowDiskUse", BCON_BOOL(true));
  bool ok = bson_concat(command, pipeline);
  bson_destroy(pipeline);
  return ok;
}

static const char *twice_text(const bson_iter_t *row, struct bo_arena *arena) {
  bson_iter_t iter = *row, copy = *row, show, seat;
  char id[25] = "(no ObjectId)";
  if (bson_iter_find_descendant(&iter, "_id.s", &show) && BSON_ITER_HOLDS_OID(&show)) {
    bson_oid_to_string(bson_iter_oid(&show), id);
  }
  bool text = bson_iter_find_descendant(&copy, "_id.n", &seat) && BSON_ITER_HOLDS_UTF8(&seat);
  return bo_arena_printf(arena, "show %s, seat %s", id, text ? bson_iter_utf8(&seat, NULL) : "(not a string)");
}

static bool list_twice(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                       const char ***twice, size_t *n_twice, struct bo_problem *problem) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bson_iter_t batch, row;
  int64_t cursor_id;
  *n_twice = 0;
  *twice = bo_arena_array(arena, TWICE_SHOWN, sizeof **twice);
  bool ok = append_twice_query(&body);
  mongo_run(mongo, &(struct mongo_command){.body = &body}, deadline, &reply);
  if (!ok || reply.outcome != MONGO_OK) {
    ok = mongo_fail(mongo, &reply, problem);
  } else if (mongo_batch(&reply.doc, "firstBatch", &batch, &cursor_id)) {
    while (*twice != NULL && *n_twice < TWICE_SHOWN && bson_iter_next(&batch) && BSON_ITER_HOLDS_DOCUMENT(&batch) &&
           bson_iter_recurse(&batch, &row)) {
      const char *text = twice_text(&row, arena);
      (*twice)[(*n_twice)++] = text != NULL ? text : "(no memory)";
    }
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

/* Codes of createIndexes: 85 IndexOptionsConflict, 86 IndexKeySpecsConflict. */
static bool judge_index(struct bo_mongo *mongo, const struct mongo_reply *reply, struct bo_problem *problem) {
  if (reply->outcome == MONGO_OK) {
    return true;
  }
  if (reply->outcome == MONGO_DUPLICATE) {
    return bo_problem_set(problem, BO_PROBLEM_SEATS_SOLD,
                          "the unique index cannot be made: some seats have more than one booking");
  }
  if (reply->code == 85 || reply->code == 86) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "%s.bookings has another index of the key {showId: 1, seatNumber: 1}, or of our name, that is "
                          "not plainly unique: drop it by mongosh (db.bookings.getIndexes()), then run init again",
                          mongo_database(mongo));
  }
  return mongo_fail(mongo, reply, problem);
}

bool bo_setup_index(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                         enum bo_setup *what, const char ***twice, size_t *n_twice, struct bo_problem *problem) {
  struct mongo_reply reply;
  struct deployment_indexes found;
  *what = BO_SETUP_PRESENT;
  *twice = NULL;
  *n_twice = 0;
  if (!deployment_hello(mongo, deadline, problem) || !deployment_find_indexes(mongo, deadline, &found, problem)) {
    return false;
  }
  if (found.fence) {
    return true;
  }
  bson_t body = BSON_INITIALIZER;
  bool ok = append_fence(&body);
  mongo_run(mongo, &(struct mongo_command){.body = &body, .majority = true}, deadline, &reply);
  ok = ok && judge_index(mongo, &reply, problem);
  if (ok) {
    *what = BO_SETUP_DONE;
  } else if (problem->code == BO_PROBLEM_SEATS_SOLD) {
    struct bo_problem second; /* without the list the first problem still says what is wrong */
    (void)list_twice(mongo, deadline, arena, twice, n_twice, &second);
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

/* -- the other indexes --------------------------------------------------------------------------- */

static const struct {
  const char *collection, *name, *field, *then; /* `then` NULL: one field */
} plain_indexes[] = {
    {"bookings", "bookingId_1", "bookingId", NULL},
    {"bookings", "userId_1_showId_1", "userId", "showId"},
    {"cancellations", "bookingId_1", "bookingId", NULL},
    {"shows", "startTime_1__id_1", "startTime", "_id"},
};

static int64_t number_of(const bson_t *reply, const char *field) {
  bson_iter_t iter;
  return bson_iter_init_find(&iter, reply, field) ? bson_iter_as_int64(&iter) : 0;
}

/* Code 85: such an index is there under another name, which is as good. */
static bool make_plain(struct bo_mongo *mongo, size_t i, const struct bo_deadline *deadline, enum bo_setup *what,
                       struct bo_problem *problem) {
  bson_t key = BSON_INITIALIZER;
  struct mongo_reply reply;
  bool ok = BSON_APPEND_INT32(&key, plain_indexes[i].field, 1) &&
            (plain_indexes[i].then == NULL || BSON_APPEND_INT32(&key, plain_indexes[i].then, 1));
  bson_t *body = BCON_NEW("createIndexes", BCON_UTF8(plain_indexes[i].collection), "indexes", "[", "{", "key",
                          BCON_DOCUMENT(&key), "name", BCON_UTF8(plain_indexes[i].name), "}", "]");
  mongo_run(mongo, &(struct mongo_command){.body = body, .majority = true}, deadline, &reply);
  if (!ok || (reply.outcome != MONGO_OK && reply.code != 85)) {
    ok = mongo_fail(mongo, &reply, problem);
  } else if (number_of(&reply.doc, "numIndexesAfter") > number_of(&reply.doc, "numIndexesBefore")) {
    *what = BO_SETUP_DONE;
  }
  mongo_reply_free(&reply);
  bson_destroy(body);
  bson_destroy(&key);
  return ok;
}

bool bo_setup_plain_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, enum bo_setup *what,
                                 struct bo_problem *problem) {
  bool ok = true;
  *what = BO_SETUP_PRESENT;
  for (size_t i = 0; ok && i < sizeof plain_indexes / sizeof *plain_indexes; i++) {
    ok = make_plain(mongo, i, deadline, what, problem);
  }
  return ok;
}
