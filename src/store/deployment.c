#include <string.h>
#include <strings.h>

#include "store/mongo_private.h"

#include "store/deployment_private.h"
#include "util/buf.h"
#include "util/log.h"

enum { WIRE_VERSION_5_0 = 13 };

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

static void note_index(const bson_iter_t *index, struct deployment_indexes *found) {
  found->fence = found->fence || is_fence(index);
  found->by_id = found->by_id || is_on(index, "bookingId", NULL);
  found->by_user = found->by_user || is_on(index, "userId", "showId");
}

bool deployment_find_indexes(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct deployment_indexes *found,
                         struct bo_problem *problem) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bson_iter_t batch, index;
  int64_t cursor_id;
  bool ok = BSON_APPEND_UTF8(&body, "listIndexes", "bookings");
  *found = (struct deployment_indexes){0};
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

static bool judge_hello(const struct bo_mongo *mongo, const bson_t *hello, struct bo_problem *problem) {
  bson_iter_t iter;
  if (bson_iter_init_find(&iter, hello, "msg")) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "MONGO_URI leads to a sharded cluster (mongos); boxoffice needs a replica set");
  }
  if (!bson_iter_init_find(&iter, hello, "setName")) {
    bool waits = bson_iter_init_find(&iter, hello, "isreplicaset");
    if (waits && mongo_was_right(mongo)) { /* it has been a member of its set: it was restarted, and has not read of that yet */
      return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB starts, and does not know its replica set yet");
    }
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

bool deployment_hello(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
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
    ok = judge_hello(mongo, &reply.doc, problem);
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

bool mongo_deployment_check(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  struct deployment_indexes found;
  if (!deployment_hello(mongo, deadline, problem) || !deployment_find_indexes(mongo, deadline, &found, problem)) {
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

mongoc_client_t *deployment_direct_client(const struct bo_mongo *mongo, int32_t wait_ms) {
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

bool deployment_direct_run(mongoc_client_t *client, const bson_t *command, bson_t *reply, bson_error_t *error) {
  return mongoc_client_command_simple(client, "admin", command, NULL, reply, error);
}

bool deployment_direct_hello(mongoc_client_t *client, bson_t *reply, bson_error_t *error) {
  bson_t hello = BSON_INITIALIZER;
  bool ok = BSON_APPEND_INT32(&hello, "hello", 1) && deployment_direct_run(client, &hello, reply, error);
  bson_destroy(&hello);
  return ok;
}

void mongo_deployment_diagnose(struct bo_mongo *mongo, struct bo_problem *problem) {
  bson_t reply;
  bson_error_t error;
  struct bo_problem better;
  mongoc_client_t *client = deployment_direct_client(mongo, DEPLOYMENT_DIAGNOSE_MS);
  if (client == NULL) {
    return;
  }
  if (deployment_direct_hello(client, &reply, &error) && !judge_hello(mongo, &reply, &better)) {
    *problem = better;
  }
  bson_destroy(&reply);
  mongoc_client_reset(client); /* no farewell to a server that may hang */
  mongoc_client_destroy(client);
}
