/* In the place of the driver's client, server and session; its documents and its URI are the real ones. */
#include "store/mongo_private.h"
#include "tests/fuzz/fuzz.h"

struct fuzz_mongo_last fuzz_mongo_last;

static struct {
  struct fuzz_input replies;
  bool known;
} fake;

static char client, server, session; /* their addresses are all that anybody looks at */

void fuzz_mongo_begin(struct fuzz_input replies, bool known) {
  fake.replies = replies;
  fake.known = known;
  fuzz_mongo_last = (struct fuzz_mongo_last){.command = ""};
}

static void fail(bson_error_t *error, uint32_t domain, uint32_t code, const char *text) {
  error->domain = domain;
  error->code = code;
  (void)snprintf(error->message, sizeof(error->message), "%s", text);
}

mongoc_client_t *mongoc_client_new_from_uri_with_error(const mongoc_uri_t *uri, bson_error_t *error) {
  fuzz_read(mongoc_uri_get_string(uri));
  fail(error, 0, 0, "");
  return (mongoc_client_t *)(void *)&client;
}

void mongoc_client_destroy(mongoc_client_t *which) { (void)which; }
void mongoc_client_reset(mongoc_client_t *which) { (void)which; }

bool mongoc_client_set_error_api(mongoc_client_t *which, int32_t version) {
  (void)which;
  return version == MONGOC_ERROR_API_VERSION_2;
}

mongoc_server_description_t *mongoc_client_select_server(mongoc_client_t *which, bool for_writes,
                                                         const mongoc_read_prefs_t *prefs, bson_error_t *error) {
  (void)which, (void)for_writes, (void)prefs;
  if (fake.replies.left > 0 && fake.replies.at[0] == 'n') {
    (void)fuzz_byte(&fake.replies);
    fail(error, MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE, "no suitable servers found");
    return NULL;
  }
  return (mongoc_server_description_t *)(void *)&server;
}

uint32_t mongoc_server_description_id(const mongoc_server_description_t *which) {
  (void)which;
  return 1;
}

void mongoc_server_description_destroy(mongoc_server_description_t *which) { (void)which; }

mongoc_client_session_t *mongoc_client_start_session(mongoc_client_t *which, const mongoc_session_opt_t *opts,
                                                     bson_error_t *error) {
  (void)which, (void)opts, (void)error;
  return (mongoc_client_session_t *)(void *)&session;
}

void mongoc_client_session_destroy(mongoc_client_session_t *which) { (void)which; }

bool mongoc_client_session_append(const mongoc_client_session_t *which, bson_t *opts, bson_error_t *error) {
  (void)which, (void)error;
  return BSON_APPEND_INT64(opts, "sessionId", 1);
}

static bool take_document(bson_t *reply) {
  uint32_t length = 0;
  struct fuzz_input piece;
  bson_t document;

  for (unsigned i = 0; i < 4 && i < fake.replies.left; i++)
    length |= (uint32_t)fake.replies.at[i] << (8 * i);
  piece = fuzz_take(&fake.replies, length < 5 ? 5 : length);
  /* As much as the driver looks at before it hands a reply on. */
  if (!bson_init_static(&document, piece.at, piece.left))
    return false;
  bson_copy_to(&document, reply);
  return true;
}

static bool is_fine(const bson_t *reply) {
  bson_iter_t iter;

  return bson_iter_init_find(&iter, reply, "ok") && bson_iter_as_bool(&iter) && !bson_has_field(reply, "writeErrors.0") &&
         !bson_has_field(reply, "writeConcernError");
}

static bool answer(bson_t *reply, bson_error_t *error) {
  bool over = fake.replies.left == 0;
  uint8_t kind = fuzz_byte(&fake.replies);

  if (over) {
    bson_init(reply);
    return BSON_APPEND_DOUBLE(reply, "ok", 0) && BSON_APPEND_INT32(reply, "code", 59);
  }
  if (kind == 'a') {
    bson_init(reply);
    fail(error, MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, "Authentication failed");
  } else if (kind == 'x' || !take_document(reply)) {
    bson_init(reply);
    fail(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "socket error or timeout");
  }
  return true;
}

/* A healthy deployment's answer; NULL for other commands. */
static bson_t *known_answer(const char *command) {
  if (strcmp(command, "hello") == 0)
    return BCON_NEW("ok", BCON_DOUBLE(1), "setName", "rs0", "isWritablePrimary", BCON_BOOL(true), "maxWireVersion", BCON_INT32(17));
  if (strcmp(command, "replSetGetConfig") == 0)
    return BCON_NEW("ok", BCON_DOUBLE(1), "config", "{", "writeConcernMajorityJournalDefault", BCON_BOOL(true), "}");
  if (strcmp(command, "listIndexes") == 0)
    return BCON_NEW("ok", BCON_DOUBLE(1), "cursor", "{", "id", BCON_INT64(0), "firstBatch", "[", "{", "key", "{", "showId",
                    BCON_INT32(1), "seatNumber", BCON_INT32(1), "}", "unique", BCON_BOOL(true), "}", "]", "}");
  return NULL;
}

bool mongoc_client_command_with_opts(mongoc_client_t *which, const char *db, const bson_t *command,
                                     const mongoc_read_prefs_t *prefs, const bson_t *opts, bson_t *reply, bson_error_t *error) {
  bson_iter_t iter;
  bson_t *known;

  (void)which, (void)prefs;
  fuzz_read(db);
  FUZZ_REQUIRE(bson_validate(command, BSON_VALIDATE_NONE, NULL) && bson_validate(opts, BSON_VALIDATE_NONE, NULL));
  FUZZ_REQUIRE(bson_iter_init(&iter, command) && bson_iter_next(&iter));
  (void)snprintf(fuzz_mongo_last.command, sizeof(fuzz_mongo_last.command), "%s", bson_iter_key(&iter));
  known = fake.known ? known_answer(fuzz_mongo_last.command) : NULL;
  if (known != NULL) {
    bson_copy_to(known, reply);
    bson_destroy(known);
  } else {
    FUZZ_REQUIRE(answer(reply, error));
  }
  fuzz_mongo_last.fine = is_fine(reply);
  return fuzz_mongo_last.fine;
}

bool mongoc_client_command_simple(mongoc_client_t *which, const char *db, const bson_t *command,
                                  const mongoc_read_prefs_t *prefs, bson_t *reply, bson_error_t *error) {
  return mongoc_client_command_with_opts(which, db, command, prefs, command, reply, error);
}
