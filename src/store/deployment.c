#include "store/deployment.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "store/mongo_private.h"
#include "util/buf.h"
#include "util/log.h"

enum { WIRE_VERSION_5_0 = 13, TWICE_SHOWN = 10, DIAGNOSE_MS = 500, PRIMARY_POLL_MS = 100 };

/* -- what the deployment is -------------------------------------------------------------------------- */

/* 1 of any numeric type, as people write it. */
static bool is_one(bson_iter_t *iter, const char *key) {
  return strcmp(bson_iter_key(iter), key) == 0 &&
         (BSON_ITER_HOLDS_INT32(iter) || BSON_ITER_HOLDS_INT64(iter) || BSON_ITER_HOLDS_DOUBLE(iter)) &&
         bson_iter_as_int64(iter) == 1;
}

/* Is the index on this field, then on that (NULL: on no other), and on nothing else? */
static bool is_on(const bson_iter_t *index, const char *field, const char *then) {
  bson_iter_t iter = *index, key;
  return bson_iter_find(&iter, "key") && BSON_ITER_HOLDS_DOCUMENT(&iter) && bson_iter_recurse(&iter, &key) &&
         bson_iter_next(&key) && is_one(&key, field) &&
         (then == NULL || (bson_iter_next(&key) && is_one(&key, then))) && !bson_iter_next(&key);
}

static bool index_has(const bson_iter_t *index, const char *field) {
  bson_iter_t iter = *index;
  return bson_iter_find(&iter, field);
}

static bool index_true(const bson_iter_t *index, const char *field) {
  bson_iter_t iter = *index;
  return bson_iter_find(&iter, field) && bson_iter_as_bool(&iter);
}

/* The fence, for every document, and of use to our scans. */
static bool is_fence(const bson_iter_t *index) {
  return is_on(index, "showId", "seatNumber") && index_true(index, "unique") && !index_true(index, "sparse") &&
         !index_true(index, "hidden") && !index_has(index, "partialFilterExpression") && !index_has(index, "collation");
}

/* Those of `bookings` that we ask for. */
struct indexes {
  bool fence, by_id, by_user;
};

static void note_index(const bson_iter_t *index, struct indexes *found) {
  found->fence = found->fence || is_fence(index);
  found->by_id = found->by_id || is_on(index, "bookingId", NULL);
  found->by_user = found->by_user || is_on(index, "userId", "showId");
}

/* `found` is the verdict where the function returns true. */
static bool find_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct indexes *found,
                         struct bo_problem *problem) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bson_iter_t batch, index;
  int64_t cursor_id;
  bool ok = BSON_APPEND_UTF8(&body, "listIndexes", "bookings");
  *found = (struct indexes){0};
  mongo_run(mongo, &(struct mongo_command){.body = &body}, deadline, &reply);
  if (!ok || (reply.outcome != MONGO_OK && reply.code != 26)) { /* 26: no such collection, so no such index */
    ok = mongo_fail(mongo, &reply, problem);
  } else if (reply.outcome == MONGO_OK) {
    ok = mongo_batch(&reply.doc, "firstBatch", &batch, &cursor_id); /* at most 64 indexes: one batch */
    while (ok && bson_iter_next(&batch)) {
      if (BSON_ITER_HOLDS_DOCUMENT(&batch) && bson_iter_recurse(&batch, &index)) {
        note_index(&index, found);
      }
    }
    if (!ok) {
      ok = bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to listIndexes");
    }
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

static bool judge_hello(const bson_t *hello, struct bo_problem *problem) {
  bson_iter_t iter;
  if (bson_iter_init_find(&iter, hello, "msg")) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "MONGO_URI leads to a sharded cluster (mongos); boxoffice needs a replica set");
  }
  if (!bson_iter_init_find(&iter, hello, "setName")) {
    bool waits = bson_iter_init_find(&iter, hello, "isreplicaset");
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s",
                          waits ? "MongoDB waits for its replica set to be initiated: run `boxoffice-seed init`"
                                : "MongoDB runs stand-alone: start mongod with --replSet rs0, then run `boxoffice-seed init`");
  }
  if (!bson_iter_init_find(&iter, hello, "maxWireVersion") || bson_iter_as_int64(&iter) < WIRE_VERSION_5_0) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "MongoDB is older than 5.0: upgrade it");
  }
  return true;
}

/* We always ask for j: true, but a set that calls unjournaled writes "majority" may lose them to a rollback. */
static bool check_journal(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bson_iter_t iter, found;
  bool ok = BSON_APPEND_INT32(&body, "replSetGetConfig", 1);
  mongo_run(mongo, &(struct mongo_command){.db = "admin", .body = &body}, deadline, &reply);
  if (ok && reply.outcome == MONGO_REFUSED) {
    bo_log(BO_LOG_DEBUG, "mongo: replSetGetConfig is not allowed here: writeConcernMajorityJournalDefault not looked at");
  } else if (reply.outcome != MONGO_OK) {
    ok = mongo_fail(mongo, &reply, problem);
  } else if (bson_iter_init(&iter, &reply.doc) &&
             bson_iter_find_descendant(&iter, "config.writeConcernMajorityJournalDefault", &found) &&
             !bson_iter_as_bool(&found)) {
    ok = bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                        "the replica set has writeConcernMajorityJournalDefault: false; set it to true by rs.reconfig()");
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

static bool check_hello(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bool ok = BSON_APPEND_INT32(&body, "hello", 1);
  mongo_run(mongo, &(struct mongo_command){.db = "admin", .body = &body}, deadline, &reply);
  if (!ok || reply.outcome != MONGO_OK) {
    ok = mongo_fail(mongo, &reply, problem);
    if (reply.outcome == MONGO_NO_SERVER) {
      mongo_deployment_diagnose(mongo, problem);
    }
  } else {
    ok = judge_hello(&reply.doc, problem);
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

bool mongo_deployment_check(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  struct indexes found;
  if (!check_hello(mongo, deadline, problem) || !find_indexes(mongo, deadline, &found, problem)) {
    return false;
  }
  if (!found.fence) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "%s.bookings lacks the unique index {showId: 1, seatNumber: 1}: run `boxoffice-seed init`",
                          mongo_database(mongo));
  }
  if (!found.by_id || !found.by_user) { /* a database of an older program: all that it could do goes on */
    bo_log(BO_LOG_WARNING, "%s.bookings lacks an index: until `boxoffice-seed init` is run, %s%s%s answer 503",
           mongo_database(mongo), found.by_id ? "" : "cancelling and bookings by their id",
           found.by_id || found.by_user ? "" : ", and ", found.by_user ? "" : "limits of the seats that a user owns");
  }
  return check_journal(mongo, deadline, problem);
}

/* -- a direct connection to one server, whatever its state -------------------------------------------- */

/* The URI with its first host alone and without replicaSet: so the driver takes the server as it is. The text is
 * the operator's, valid as the driver parsed it before. */
static bool direct_text(const char *uri, struct bo_buf *out) {
  const char *hosts = strstr(uri, "://");
  if (hosts == NULL || strncmp(uri, "mongodb://", 10) != 0) {
    return false; /* mongodb+srv:// names no host of its own */
  }
  hosts += 3;
  size_t authority = strcspn(hosts, "/?");
  const char *at = memrchr(hosts, '@', authority);
  const char *first = at != NULL ? at + 1 : hosts;
  bo_buf_append(out, uri, (size_t)(first - uri) + strcspn(first, ",/?"));
  const char *rest = hosts + authority;
  size_t path = strcspn(rest, "?");
  bo_buf_append(out, rest, path);
  const char *option = rest[path] == '?' ? rest + path + 1 : "";
  for (char glue = '?'; *option != '\0'; option += *option == '&') {
    size_t length = strcspn(option, "&");
    if (strncasecmp(option, "replicaSet=", 11) != 0) {
      bo_buf_printf(out, "%s%c", path == 0 && glue == '?' ? "/" : "", glue);
      bo_buf_append(out, option, length);
      glue = '&';
    }
    option += length;
  }
  return !out->failed;
}

/* NULL: there is no such connection to be had (problem is not touched). */
static mongoc_client_t *direct_client(const struct bo_mongo *mongo, int32_t wait_ms) {
  struct bo_buf text;
  bson_error_t error;
  mongoc_client_t *client = NULL;
  mongoc_uri_t *uri = mongo_copy_uri(mongo);
  mongoc_uri_t *direct = NULL;
  bo_buf_init(&text, 0);
  if (direct_text(mongoc_uri_get_string(uri), &text)) {
    direct = mongoc_uri_new_with_error(text.data, &error);
  }
  if (direct != NULL && mongoc_uri_set_option_as_bool(direct, MONGOC_URI_DIRECTCONNECTION, true) &&
      mongoc_uri_set_option_as_int32(direct, MONGOC_URI_CONNECTTIMEOUTMS, wait_ms) &&
      mongoc_uri_set_option_as_int32(direct, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, wait_ms)) {
    client = mongoc_client_new_from_uri_with_error(direct, &error);
  }
  mongoc_uri_destroy(direct);
  mongoc_uri_destroy(uri);
  bo_buf_free(&text);
  return client;
}

/* Runs {<name>: <value>} on admin; the reply is initialised in every case. */
static bool direct_run(mongoc_client_t *client, const bson_t *command, bson_t *reply, bson_error_t *error) {
  return mongoc_client_command_simple(client, "admin", command, NULL, reply, error);
}

static bool direct_hello(mongoc_client_t *client, bson_t *reply, bson_error_t *error) {
  bson_t hello = BSON_INITIALIZER;
  bool ok = BSON_APPEND_INT32(&hello, "hello", 1) && direct_run(client, &hello, reply, error);
  bson_destroy(&hello);
  return ok;
}

void mongo_deployment_diagnose(struct bo_mongo *mongo, struct bo_problem *problem) {
  bson_t reply;
  bson_error_t error;
  struct bo_problem better;
  mongoc_client_t *client = direct_client(mongo, DIAGNOSE_MS);
  if (client == NULL) {
    return;
  }
  if (direct_hello(client, &reply, &error) && !judge_hello(&reply, &better)) {
    *problem = better;
  }
  bson_destroy(&reply);
  mongoc_client_reset(client); /* no farewell to a server that may hang */
  mongoc_client_destroy(client);
}

/* -- init: the replica set ---------------------------------------------------------------------------- */

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
         BSON_APPEND_ARRAY_BEGIN(&config, "members", &members) && BSON_APPEND_DOCUMENT_BEGIN(&members, "0", &member) &&
         BSON_APPEND_INT32(&member, "_id", 0) && BSON_APPEND_UTF8(&member, "host", host) &&
         bson_append_document_end(&members, &member) && bson_append_array_end(&config, &members) &&
         bson_append_document_end(command, &config);
}

static bool send_initiate(mongoc_client_t *client, const char *set, const char *host, struct bo_problem *problem) {
  bson_t command = BSON_INITIALIZER, reply;
  bson_error_t error = {0};
  bool ok = append_config(&command, set, host) && direct_run(client, &command, &reply, &error);
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
    bool primary = direct_hello(client, &reply, &error) && state_of(&reply) == SERVER_PRIMARY;
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
  bool reached = direct_hello(client, &reply, &error);
  enum server_state state = reached ? state_of(&reply) : SERVER_OTHER;
  bson_destroy(&reply);
  *what = BO_SETUP_PRESENT;
  if (!reached) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB at %.80s does not answer: %.120s", host, error.message);
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

bool bo_deployment_initiate(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
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
  client = direct_client(mongo, 2 * DIAGNOSE_MS);
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

/* -- init: the unique index --------------------------------------------------------------------------------- */

static bool append_fence(bson_t *command) {
  bson_t indexes, index, key;
  return BSON_APPEND_UTF8(command, "createIndexes", "bookings") &&
         BSON_APPEND_ARRAY_BEGIN(command, "indexes", &indexes) && BSON_APPEND_DOCUMENT_BEGIN(&indexes, "0", &index) &&
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

bool bo_deployment_index(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                         enum bo_setup *what, const char ***twice, size_t *n_twice, struct bo_problem *problem) {
  struct mongo_reply reply;
  struct indexes found;
  *what = BO_SETUP_PRESENT;
  *twice = NULL;
  *n_twice = 0;
  if (!check_hello(mongo, deadline, problem) || !find_indexes(mongo, deadline, &found, problem)) {
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

/* -- init: the other indexes --------------------------------------------------------------------------- */

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

bool bo_deployment_plain_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, enum bo_setup *what,
                                 struct bo_problem *problem) {
  bool ok = true;
  *what = BO_SETUP_PRESENT;
  for (size_t i = 0; ok && i < sizeof plain_indexes / sizeof *plain_indexes; i++) {
    ok = make_plain(mongo, i, deadline, what, problem);
  }
  return ok;
}
