#include "store/mongo_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "util/bounds.h"
#include "util/bulkhead.h"
#include "util/log.h"
#include "util/metrics.h"

enum { READ_TRIES = 3, ELECTION_PAUSE_MS = 100, CHECK_EVERY_MS = 1000, SELECTED_MS = 500 };

/* Who answers: the number of a client of this process, and that of a server within it. */
struct place {
  int64_t client;
  uint32_t server; /* 0: none */
};

struct bo_mongo {
  mongoc_uri_t *uri;
  char *database;
  mongoc_client_t *client; /* NULL: the next step makes one */
  int64_t n_clients;       /* made so far, so the number of that in hand */
  bool broken;             /* the client is to be replaced by the next step outside a session */
  uint32_t server_id;      /* of the last step's primary; 0: none */
  int64_t selected_ms;     /* when it was selected; 0: select again */
  int64_t txn_number;      /* the last one used by this process: the server wants them to grow */
  int64_t patience_ms;     /* bound of one command on the server */
  struct bo_waits waits;
  int64_t cooldown_until_ms; /* steady clock; before it every call fails at once */
  bool checked;              /* the deployment, through this client */
  bool was_right;            /* it, through any client so far */
  int64_t check_again_ms;    /* a deployment found wrong is asked again only then */
  char wrong[256];           /* what was wrong with it; "": nothing known */
  bool staying;              /* between bo_mongo_stay and bo_mongo_leave */
  struct place place;        /* that answered the reads since bo_mongo_stay */
  bool moved;                /* one of them could not be answered there */
};

/* -- the library ------------------------------------------------------------------------------------- */

static void log_driver(mongoc_log_level_t level, const char *domain, const char *message, void *unused) {
  (void)unused;
  /* Its warnings are about failures that reach us as return values too. */
  bo_log(level <= MONGOC_LOG_LEVEL_CRITICAL ? BO_LOG_WARNING : BO_LOG_DEBUG, "mongo driver: %s: %s", domain, message);
}

/* The driver's counters live in /dev/shm/mongoc-PID, which a kill leaves behind. Where the library initialises itself
 * as it is loaded (Debian's does), MONGOC_DISABLE_SHM set by us comes too late: then the name goes; the memory stays. */
static void hide_counters(void) {
  char name[32];
  (void)snprintf(name, sizeof name, "/mongoc-%ld", (long)getpid());
  if (shm_unlink(name) != 0 && errno != ENOENT) {
    bo_log(BO_LOG_DEBUG, "cannot remove /dev/shm%s: %s", name, strerror(errno));
  }
}

void bo_mongo_global_init(void) {
  if (setenv("MONGOC_DISABLE_SHM", "1", 1) != 0) {
    bo_log(BO_LOG_WARNING, "cannot set MONGOC_DISABLE_SHM: %s", strerror(errno));
  }
  mongoc_log_set_handler(log_driver, NULL);
  mongoc_init();
  hide_counters();
}

void bo_mongo_global_cleanup(void) {
  mongoc_cleanup();
}

/* -- birth and death --------------------------------------------------------------------------------- */

/* A bound from the operator's URI holds where it is tighter than ours. */
static bool bound_option(mongoc_uri_t *uri, const char *option, int32_t most) {
  int32_t asked = mongoc_uri_get_option_as_int32(uri, option, most);
  return mongoc_uri_set_option_as_int32(uri, option, asked > 0 && asked < most ? asked : most);
}

static bool set_options(mongoc_uri_t *uri, const char *app_name) {
  if (mongoc_uri_get_appname(uri) == NULL && !mongoc_uri_set_appname(uri, app_name)) {
    return false;
  }
  if (!mongoc_uri_has_option(uri, MONGOC_URI_HEARTBEATFREQUENCYMS) &&
      !mongoc_uri_set_option_as_int32(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, 10000)) {
    return false;
  }
  return bound_option(uri, MONGOC_URI_CONNECTTIMEOUTMS, BO_MONGO_CONNECT_MS) &&
         bound_option(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, BO_MONGO_CONNECT_MS) &&
         bound_option(uri, MONGOC_URI_SOCKETTIMEOUTMS, BO_MONGO_SOCKET_MS) &&
         mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, true) &&
         mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false) &&
         mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
}

static mongoc_uri_t *parse_uri(const char *text, struct bo_problem *problem) {
  bson_error_t error;
  mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &error);
  if (uri == NULL) {
    /* The driver's message may quote the URI, and with it a password. */
    bool secret = strchr(text, '@') != NULL;
    (void)bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "MONGO_URI is not a MongoDB connection string%s%s",
                         secret ? "" : ": ", secret ? "" : error.message);
  }
  return uri;
}

static void drop_client(struct bo_mongo *mongo);

static bool database_name_ok(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length < 64 && strcspn(name, "/\\. \"$*<>:|?") == length;
}

struct bo_mongo *bo_mongo_new(const char *uri_text, const char *database, const char *app_name,
                              struct bo_problem *problem) {
  mongoc_uri_t *uri = parse_uri(uri_text, problem);
  struct bo_mongo *mongo = NULL;
  if (uri == NULL) {
    goto failed;
  }
  if (database == NULL || database[0] == '\0') {
    database = mongoc_uri_get_database(uri);
  }
  if (database == NULL || database[0] == '\0') {
    database = "test";
  }
  if (!database_name_ok(database)) {
    (void)bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "MONGO_DB: no database can have the name \"%.64s\"", database);
    goto failed;
  }
  if (!set_options(uri, app_name)) {
    (void)bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "MONGO_URI: its options cannot be combined with ours");
    goto failed;
  }
  mongo = calloc(1, sizeof *mongo);
  if (mongo == NULL || (mongo->database = strdup(database)) == NULL) {
    (void)bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the MongoDB connection");
    goto failed;
  }
  mongo->uri = uri;
  mongo->patience_ms = BO_MONGO_MAX_TIME_MS;
  return mongo;
failed:
  free(mongo);
  mongoc_uri_destroy(uri); /* NULL is fine */
  return NULL;
}

void bo_mongo_free(struct bo_mongo *mongo) {
  if (mongo == NULL) {
    return;
  }
  if (mongo->broken) {
    drop_client(mongo);
  }
  mongoc_client_destroy(mongo->client); /* NULL is fine; says endSessions to the server */
  mongoc_uri_destroy(mongo->uri);
  free(mongo->database);
  free(mongo);
}

bool bo_mongo_set_patience(struct bo_mongo *mongo, int64_t command_ms) {
  assert(mongo->client == NULL && command_ms >= BO_MONGO_MAX_TIME_MS && command_ms < INT32_MAX - 1000);
  mongo->patience_ms = command_ms;
  return mongoc_uri_set_option_as_int32(mongo->uri, MONGOC_URI_SOCKETTIMEOUTMS, (int32_t)command_ms + 500);
}

struct bo_waits bo_mongo_take_waits(struct bo_mongo *mongo) {
  return bo_waits_take(&mongo->waits);
}

bool mongo_was_right(const struct bo_mongo *mongo) {
  return mongo->was_right;
}

const char *mongo_database(const struct bo_mongo *mongo) {
  return mongo->database;
}

mongoc_uri_t *mongo_copy_uri(const struct bo_mongo *mongo) {
  return mongoc_uri_copy(mongo->uri);
}

/* -- the client -------------------------------------------------------------------------------------- */

void mongo_discard(struct bo_mongo *mongo) {
  mongo->broken = true; /* not destroyed here: an open session still points to it */
  mongo->checked = false;
}

static void drop_client(struct bo_mongo *mongo) {
  if (mongo->client != NULL) {
    /* Forget its sessions first: destroy would look for a server to end them on, and wait for it. */
    mongoc_client_reset(mongo->client);
    mongoc_client_destroy(mongo->client);
  }
  mongo->client = NULL;
  mongo->server_id = 0;
  mongo->selected_ms = 0;
  mongo->broken = false;
}

static bool make_client(struct bo_mongo *mongo, char text[static 160]) {
  bson_error_t error;
  if (mongo->broken) {
    drop_client(mongo);
  }
  if (mongo->client != NULL) {
    return true;
  }
  mongo->client = mongoc_client_new_from_uri_with_error(mongo->uri, &error);
  if (mongo->client == NULL) {
    (void)snprintf(text, 160, "%.159s", error.message);
    return false;
  }
  if (!mongoc_client_set_error_api(mongo->client, MONGOC_ERROR_API_VERSION_2)) {
    (void)snprintf(text, 160, "the driver does not know error API 2");
    drop_client(mongo);
    return false;
  }
  mongo->n_clients++;
  bo_metrics_add(BO_COUNTER_MONGO_CONNECTIONS, 1);
  return true;
}

static void start_cooldown(struct bo_mongo *mongo) {
  mongo->cooldown_until_ms = bo_clock_steady_ms() + BO_STORE_COOLDOWN_MS;
}

/* A deployment found wrong is asked again once a second, not by every request. */
static bool check_once(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  if (mongo->checked) {
    return true;
  }
  if (mongo->wrong[0] != '\0' && bo_clock_steady_ms() < mongo->check_again_ms) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s", mongo->wrong);
  }
  mongo->wrong[0] = '\0';
  if (mongo_deployment_check(mongo, deadline, problem)) {
    mongo->checked = mongo->was_right = true;
    return true;
  }
  if (problem->code == BO_PROBLEM_MISCONFIGURED) {
    (void)snprintf(mongo->wrong, sizeof mongo->wrong, "%s", problem->detail);
    mongo->check_again_ms = bo_clock_steady_ms() + CHECK_EVERY_MS;
  }
  return false;
}

bool mongo_begin(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  if (bo_deadline_left_ms(deadline) <= 0) {
    return bo_problem_set(problem, BO_PROBLEM_DEADLINE, "no time left to ask MongoDB");
  }
  /* What was wrong is the better answer of the two. */
  bool known_wrong = mongo->wrong[0] != '\0' && bo_clock_steady_ms() < mongo->check_again_ms;
  if (!known_wrong && bo_clock_steady_ms() < mongo->cooldown_until_ms) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB failed a moment ago");
  }
  if (!bo_bulkhead_admits(deadline)) {
    bo_metrics_add(BO_COUNTER_MONGO_NOT_ASKED, 1);
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB is slow, and half of the workers wait for it already");
  }
  return check_once(mongo, deadline, problem);
}

bool bo_mongo_check(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_problem *problem) {
  /* Asked for explicitly: neither an old verdict nor the cooldown is an answer. */
  mongo->checked = false;
  mongo->wrong[0] = '\0';
  mongo->cooldown_until_ms = 0;
  return mongo_begin(mongo, deadline, problem);
}

/* -- one command ------------------------------------------------------------------------------------- */

/* Codes with which a server says that it cannot be the primary now (SDAM specification: not primary, node is
 * recovering, shutting down), those of a host it could not reach, and that of an operation that was interrupted. */
static bool is_election_code(int32_t code) {
  static const int32_t codes[] = {6, 7, 89, 91, 189, 9001, 10058, 10107, 11600, 11601, 11602, 13435, 13436};
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    if (codes[i] == code) {
      return true;
    }
  }
  return false;
}

static int32_t document_code(const bson_t *doc, const char *path) {
  bson_iter_t iter, found;
  if (bson_iter_init(&iter, doc) && bson_iter_find_descendant(&iter, path, &found) &&
      (BSON_ITER_HOLDS_INT32(&found) || BSON_ITER_HOLDS_INT64(&found) || BSON_ITER_HOLDS_DOUBLE(&found))) {
    return (int32_t)bson_iter_as_int64(&found);
  }
  return 0;
}

static bool has(const bson_t *doc, const char *path) {
  bson_iter_t iter, found;
  return bson_iter_init(&iter, doc) && bson_iter_find_descendant(&iter, path, &found);
}

/* A server's no, by its code. Labels are the server's own: TransientTransactionError says that nothing of the
 * transaction was stored. */
static enum mongo_outcome outcome_of_code(int32_t code, const bson_t *reply, bool in_txn) {
  if (code == 11000 || code == 11001) {
    return MONGO_DUPLICATE;
  }
  if (code == 50 || code == 262) { /* MaxTimeMSExpired, ExceededTimeLimit */
    return MONGO_TIMED_OUT;
  }
  if (is_election_code(code)) {
    return MONGO_ELECTION;
  }
  if (in_txn && (code == 112 || mongoc_error_has_label(reply, "TransientTransactionError"))) {
    return MONGO_CONFLICT;
  }
  return MONGO_REFUSED;
}

static void judge_answer(struct mongo_reply *reply, bool in_txn) {
  const bson_t *doc = &reply->doc;
  bson_iter_t iter;
  bool ok = bson_iter_init_find(&iter, doc, "ok") && bson_iter_as_bool(&iter);
  if (!ok) {
    reply->code = document_code(doc, "code");
    reply->outcome = outcome_of_code(reply->code, doc, in_txn);
  } else if (has(doc, "writeErrors.0")) {
    reply->code = document_code(doc, "writeErrors.0.code");
    reply->outcome = outcome_of_code(reply->code, doc, in_txn);
  } else if (has(doc, "writeConcernError")) {
    reply->code = document_code(doc, "writeConcernError.code");
    reply->outcome = MONGO_UNACKED;
  } else {
    reply->outcome = MONGO_OK;
    return;
  }
  const char *name = bson_iter_init_find(&iter, doc, "codeName") && BSON_ITER_HOLDS_UTF8(&iter)
                         ? bson_iter_utf8(&iter, NULL)
                         : "no name";
  /* errmsg is left out: it may quote the document. */
  (void)snprintf(reply->text, sizeof reply->text, "code %d (%.80s)%s", reply->code, name,
                 reply->outcome == MONGO_UNACKED ? ", not acknowledged by a majority" : "");
}

/* No "ok" in the reply: the driver speaks, not the server. */
static void judge(struct mongo_reply *reply, const bson_error_t *error, bool in_txn) {
  if (bson_has_field(&reply->doc, "ok")) {
    judge_answer(reply, in_txn);
    return;
  }
  bool turned_away = error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE;
  reply->code = turned_away ? 18 : 0;
  reply->outcome = turned_away                                          ? MONGO_REFUSED
                   : error->domain == MONGOC_ERROR_SERVER_SELECTION ? MONGO_NO_SERVER
                                                                    : MONGO_NETWORK;
  (void)snprintf(reply->text, sizeof reply->text, "%.159s", error->message);
}

static bool select_primary(struct bo_mongo *mongo, const struct mongo_command *command, struct mongo_reply *reply) {
  bson_error_t error;
  if (command->session == NULL && !make_client(mongo, reply->text)) { /* a session has its client already */
    reply->outcome = MONGO_NO_SERVER;
    return false;
  }
  /* The driver's answer would be the same until a command fails or a heartbeat is due (10 s), and costs a quarter of an insert:
   * it copies what it knows of the server. */
  if (mongo->selected_ms != 0 && bo_clock_steady_ms() - mongo->selected_ms < SELECTED_MS) {
    return true;
  }
  mongoc_server_description_t *server = mongoc_client_select_server(mongo->client, true, NULL, &error);
  if (server != NULL) {
    mongo->selected_ms = bo_clock_steady_ms();
    mongo->server_id = mongoc_server_description_id(server);
    mongoc_server_description_destroy(server);
    return true;
  }
  /* Single-threaded clients leave a server alone for 5 s after it hung up. A transaction cannot move to another
   * client, so go to the server it was on by its number, which connects anew at once. */
  if (command->session != NULL && mongo->server_id != 0) {
    return true;
  }
  reply->outcome = MONGO_NO_SERVER;
  (void)snprintf(reply->text, sizeof reply->text, "%.159s", error.message);
  return false;
}

static bool append_session(const struct mongo_command *command, bson_t *body, bson_t *opts) {
  struct mongo_session *session = command->session;
  bson_error_t error;
  if (session == NULL) {
    return true;
  }
  if (session->txn_number > 0) {
    bool first = !session->started;
    session->started = true;
    if (!BSON_APPEND_INT64(body, "txnNumber", session->txn_number) || !BSON_APPEND_BOOL(body, "autocommit", false) ||
        (first && !BSON_APPEND_BOOL(body, "startTransaction", true))) {
      return false;
    }
  }
  return mongoc_client_session_append(session->handle, opts, &error);
}

static bool append_concerns(const struct mongo_command *command, int64_t time_ms, bson_t *opts) {
  bson_t child;
  bool ok = true;
  if (command->read_concern != NULL) {
    ok = BSON_APPEND_DOCUMENT_BEGIN(opts, "readConcern", &child) &&
         BSON_APPEND_UTF8(&child, "level", command->read_concern) && bson_append_document_end(opts, &child);
  }
  if (ok && command->majority) {
    /* Shorter than maxTimeMS, so that "stored but not acknowledged" is told as such. */
    int64_t wtimeout = time_ms > 200 ? time_ms - 100 : time_ms / 2 + 1;
    ok = BSON_APPEND_DOCUMENT_BEGIN(opts, "writeConcern", &child) && BSON_APPEND_UTF8(&child, "w", "majority") &&
         BSON_APPEND_BOOL(&child, "j", true) && BSON_APPEND_INT64(&child, "wtimeout", wtimeout) &&
         bson_append_document_end(opts, &child);
  }
  return ok;
}

/* Body and options of the step; false only where a document would grow past 2 GB. */
static bool assemble(const struct bo_mongo *mongo, const struct mongo_command *command,
                     const struct bo_deadline *deadline, bson_t *body, bson_t *opts) {
  int64_t time_ms = bo_deadline_cap_ms(deadline, mongo->patience_ms);
  bson_copy_to(command->body, body);
  bson_init(opts);
  return (command->no_max_time || BSON_APPEND_INT64(body, "maxTimeMS", time_ms)) &&
         append_session(command, body, opts) && append_concerns(command, time_ms, opts) &&
         BSON_APPEND_INT32(opts, "serverId", (int32_t)mongo->server_id);
}

/* By a command's name: its first field. */
static void count_command(const bson_t *body, int64_t us) {
  static const struct {
    const char *name;
    enum bo_counter calls, time;
  } known[] = {{"find", BO_COUNTER_MONGO_FIND, BO_COUNTER_MONGO_FIND_US},
               {"insert", BO_COUNTER_MONGO_INSERT, BO_COUNTER_MONGO_INSERT_US},
               {"delete", BO_COUNTER_MONGO_DELETE, BO_COUNTER_MONGO_DELETE_US},
               {"commitTransaction", BO_COUNTER_MONGO_COMMIT, BO_COUNTER_MONGO_COMMIT_US},
               {"abortTransaction", BO_COUNTER_MONGO_ABORT, BO_COUNTER_MONGO_ABORT_US}};
  enum { N_KNOWN = sizeof known / sizeof known[0] };
  bson_iter_t iter;
  const char *name = bson_iter_init(&iter, body) && bson_iter_next(&iter) ? bson_iter_key(&iter) : "";
  size_t i = 0;
  while (i < N_KNOWN && strcmp(known[i].name, name) != 0) {
    i++;
  }
  bo_metrics_add(i < N_KNOWN ? known[i].calls : BO_COUNTER_MONGO_OTHER, 1);
  bo_metrics_add(i < N_KNOWN ? known[i].time : BO_COUNTER_MONGO_OTHER_US, us < 0 ? 0 : (uint64_t)us);
}

static void send_command(struct bo_mongo *mongo, const struct mongo_command *command,
                         const struct bo_deadline *deadline, struct mongo_reply *reply) {
  const char *db = command->db != NULL ? command->db : mongo->database;
  bool in_txn = command->session != NULL && command->session->txn_number > 0;
  bson_t body, opts;
  bson_error_t error = {0};
  if (!assemble(mongo, command, deadline, &body, &opts)) {
    reply->outcome = MONGO_REFUSED;
    (void)snprintf(reply->text, sizeof reply->text, "the command is too large");
  } else {
    bson_destroy(&reply->doc); /* the driver initialises it in every case */
    int64_t begun_us = bo_clock_steady_us();
    (void)mongoc_client_command_with_opts(mongo->client, db, &body, NULL, &opts, &reply->doc, &error);
    count_command(command->body, bo_clock_steady_us() - begun_us);
    judge(reply, &error, in_txn);
    if (reply->outcome != MONGO_OK && reply->outcome != MONGO_DUPLICATE && reply->outcome != MONGO_CONFLICT) {
      mongo->selected_ms = 0;
    }
    if (bson_has_field(&reply->doc, "ok")) {
      bo_bulkhead_answered();
    }
  }
  bson_destroy(&body);
  bson_destroy(&opts);
}

void mongo_run(struct bo_mongo *mongo, const struct mongo_command *command, const struct bo_deadline *deadline,
               struct mongo_reply *reply) {
  *reply = (struct mongo_reply){.outcome = MONGO_LATE, .text = "no time left to ask MongoDB"};
  bson_init(&reply->doc);
  if (bo_deadline_left_ms(deadline) <= 0) {
    return;
  }
  int64_t begun_us = bo_clock_steady_us();
  bo_bulkhead_enter();
  /* Selection is a step of its own: it may take BO_MONGO_CONNECT_MS, so the budget is looked at again after it. */
  if (select_primary(mongo, command, reply) && bo_deadline_left_ms(deadline) > 0) {
    send_command(mongo, command, deadline, reply);
  }
  bo_bulkhead_leave();
  (void)bo_waits_add(&mongo->waits, begun_us);
}

void mongo_reply_free(struct mongo_reply *reply) {
  bson_destroy(&reply->doc);
}

void mongo_pause(int64_t ms, const struct bo_deadline *deadline) {
  int64_t wait = bo_deadline_cap_ms(deadline, ms);
  struct timespec left = {.tv_sec = wait / 1000, .tv_nsec = (long)(wait % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

void bo_mongo_stay(struct bo_mongo *mongo) {
  assert(!mongo->staying);
  mongo->staying = true;
  mongo->moved = false;
}

bool bo_mongo_leave(struct bo_mongo *mongo) {
  mongo->staying = false;
  mongo->place = (struct place){0};
  return mongo->moved;
}

/* Is this the place of the reads before? The first one decides. */
static bool is_in_place(struct bo_mongo *mongo) {
  const struct place here = {mongo->n_clients, mongo->server_id};
  if (mongo->staying && mongo->place.server == 0) {
    mongo->place = here;
  }
  return !mongo->staying || (mongo->place.client == here.client && mongo->place.server == here.server);
}

static bool fail_moved(struct bo_mongo *mongo, struct bo_problem *problem) {
  mongo->moved = true;
  return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB's primary moved between two reads");
}

bool mongo_read(struct bo_mongo *mongo, const struct mongo_command *command, const struct bo_deadline *deadline,
                struct mongo_reply *reply, struct bo_problem *problem) {
  for (int attempt = 1;; attempt++) {
    int64_t begun_ms = bo_clock_steady_ms();
    mongo_run(mongo, command, deadline, reply);
    if (reply->outcome == MONGO_OK) {
      return is_in_place(mongo) || fail_moved(mongo, problem);
    }
    /* A connection that broke at once was an old one; a server that hangs would only hang again. */
    bool broke = reply->outcome == MONGO_NETWORK && bo_clock_steady_ms() - begun_ms < BO_MONGO_CONNECT_MS;
    bool again = (broke || reply->outcome == MONGO_ELECTION) && attempt < READ_TRIES && command->session == NULL;
    if (!again || bo_deadline_left_ms(deadline) <= ELECTION_PAUSE_MS) {
      return mongo_fail(mongo, reply, problem);
    }
    if (broke) {
      mongo_discard(mongo); /* the deployment is looked at again at the next call */
    } else {
      mongo_pause(ELECTION_PAUSE_MS, deadline);
    }
    if (mongo->place.server != 0) {
      return fail_moved(mongo, problem);
    }
    mongo_reply_free(reply);
  }
}

bool mongo_fail(struct bo_mongo *mongo, const struct mongo_reply *reply, struct bo_problem *problem) {
  enum mongo_outcome outcome = reply->outcome;
  assert(outcome != MONGO_OK);
  if (outcome == MONGO_LATE) {
    return bo_problem_set(problem, BO_PROBLEM_DEADLINE, "%s", reply->text);
  }
  bo_log(BO_LOG_WARNING, "mongo: %s", reply->text);
  if (outcome == MONGO_NETWORK || outcome == MONGO_NO_SERVER) {
    mongo_discard(mongo);
  }
  if (outcome == MONGO_REFUSED) {
    mongo->checked = false; /* an index that was dropped, say: look again before the next use */
    if (reply->code == 13 || reply->code == 18) { /* Unauthorized, AuthenticationFailed */
      return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "MongoDB does not let this program in: %s", reply->text);
    }
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB refused: %s", reply->text);
  }
  if (outcome != MONGO_CONFLICT && outcome != MONGO_DUPLICATE) {
    start_cooldown(mongo);
  }
  return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "%s",
                        outcome == MONGO_NO_SERVER   ? "no MongoDB primary was found"
                        : outcome == MONGO_NETWORK   ? "the connection to MongoDB failed"
                        : outcome == MONGO_ELECTION  ? "MongoDB has no primary at the moment"
                        : outcome == MONGO_TIMED_OUT ? "MongoDB did not answer in time"
                        : outcome == MONGO_CONFLICT  ? "another transaction has these seats in hand"
                                                     : "MongoDB did not acknowledge");
}

/* -- sessions ---------------------------------------------------------------------------------------- */

bool mongo_session_open(struct bo_mongo *mongo, struct mongo_session *session) {
  char text[160];
  bson_error_t error;
  *session = (struct mongo_session){0};
  if (!make_client(mongo, text)) {
    return false;
  }
  mongoc_session_opt_t *opts = mongoc_session_opts_new();
  mongoc_session_opts_set_causal_consistency(opts, false); /* we only ever ask the primary */
  session->handle = mongoc_client_start_session(mongo->client, opts, &error);
  mongoc_session_opts_destroy(opts);
  return session->handle != NULL;
}

void mongo_session_close(struct mongo_session *session) {
  if (session->handle != NULL) {
    mongoc_client_session_destroy(session->handle);
  }
  *session = (struct mongo_session){0};
}

void mongo_session_next_txn(struct bo_mongo *mongo, struct mongo_session *session) {
  session->txn_number = ++mongo->txn_number;
  session->started = false;
}

/* -- small shared pieces ----------------------------------------------------------------------------- */

bool mongo_batch(const bson_t *reply, const char *name, bson_iter_t *batch, int64_t *cursor_id) {
  bson_iter_t iter, cursor, found;
  if (!bson_iter_init_find(&iter, reply, "cursor") || !BSON_ITER_HOLDS_DOCUMENT(&iter)) {
    return false;
  }
  if (!bson_iter_recurse(&iter, &cursor) || !bson_iter_find(&cursor, "id") || !BSON_ITER_HOLDS_INT64(&cursor)) {
    return false;
  }
  *cursor_id = bson_iter_int64(&cursor);
  if (!bson_iter_recurse(&iter, &found) || !bson_iter_find(&found, name) || !BSON_ITER_HOLDS_ARRAY(&found)) {
    return false;
  }
  return bson_iter_recurse(&found, batch);
}

bool mongo_strange_answer(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
}

bool mongo_append_oid(bson_t *doc, const char *key, const char *hex) {
  bson_oid_t oid;
  assert(bson_oid_is_valid(hex, strlen(hex)));
  bson_oid_init_from_string(&oid, hex);
  return bson_append_oid(doc, key, -1, &oid);
}
