#include "store/catalogue.h"

#include <assert.h>
#include <json-c/json.h>
#include <string.h>

#include "store/mongo_private.h"

enum { CHUNK_SHOWS = 500, CHUNK_BYTES = 8 * 1024 * 1024, TRIES = 20, AGAIN_PAUSE_MS = 100, LIST_BATCH = 200 };

/* -- a show's document ------------------------------------------------------------------------------- */

static bool append_json(bson_t *doc, const char *key, const struct json_object *value);

static bool append_json_object(bson_t *doc, const char *key, const struct json_object *value) {
  bson_t child;
  bool ok = bson_append_document_begin(doc, key, -1, &child);
  json_object_object_foreach(value, name, member) {
    ok = ok && append_json(&child, name, member);
  }
  return ok && bson_append_document_end(doc, &child);
}

static bool append_json_array(bson_t *doc, const char *key, const struct json_object *value) {
  bson_t child;
  bool ok = bson_append_array_begin(doc, key, -1, &child);
  for (size_t i = 0; ok && i < json_object_array_length(value); i++) {
    char room[16];
    const char *index;
    (void)bson_uint32_to_string((uint32_t)i, &index, room, sizeof room);
    ok = append_json(&child, index, json_object_array_get_idx(value, i));
  }
  return ok && bson_append_array_end(doc, &child);
}

/* Typed appends: nothing in an operator's file is read as extended JSON. */
static bool append_json(bson_t *doc, const char *key, const struct json_object *value) {
  switch (json_object_get_type(value)) {
  case json_type_null:
    return bson_append_null(doc, key, -1);
  case json_type_boolean:
    return bson_append_bool(doc, key, -1, json_object_get_boolean(value));
  case json_type_double:
    return bson_append_double(doc, key, -1, json_object_get_double(value));
  case json_type_int:
    return bson_append_int64(doc, key, -1, json_object_get_int64(value));
  case json_type_string: /* const is cast away for json-c 0.16, whose getters want it so */
    return bson_append_utf8(doc, key, -1, json_object_get_string((struct json_object *)(uintptr_t)value),
                            json_object_get_string_len(value));
  case json_type_array:
    return append_json_array(doc, key, value);
  case json_type_object:
    return append_json_object(doc, key, value);
  }
  return false;
}

static bool build_show(bson_t *doc, const bson_oid_t *id, const struct bo_show_draft *draft, int64_t total,
                       int64_t now_ms) {
  return BSON_APPEND_OID(doc, "_id", id) && BSON_APPEND_UTF8(doc, "movieTitle", draft->title) &&
         BSON_APPEND_DATE_TIME(doc, "startTime", draft->start_ms) && bson_append_int64(doc, "totalSeats", -1, total) &&
         (draft->sale_opens_ms == 0 || BSON_APPEND_DATE_TIME(doc, "saleStart", draft->sale_opens_ms)) &&
         (draft->sale_closes_ms == 0 || BSON_APPEND_DATE_TIME(doc, "saleEnd", draft->sale_closes_ms)) &&
         (draft->max_held == BO_UNSET || bson_append_int64(doc, "maxHeldPerUser", -1, draft->max_held)) &&
         (draft->max_owned == BO_UNSET || bson_append_int64(doc, "maxOwnedPerUser", -1, draft->max_owned)) &&
         (draft->layout == NULL || append_json(doc, "layout", draft->layout)) &&
         (draft->blocked == NULL || append_json(doc, "blocked", draft->blocked)) &&
         BSON_APPEND_DATE_TIME(doc, "createdAt", now_ms) && BSON_APPEND_DATE_TIME(doc, "updatedAt", now_ms);
}

bool bo_catalogue_check(const struct bo_show_draft *draft, struct bo_arena *arena, size_t *n_seats,
                        struct bo_problem *problem) {
  bson_t doc = BSON_INITIALIZER;
  bson_oid_t id;
  struct bo_show_record record;
  bson_oid_init(&id, NULL);
  bool ok = build_show(&doc, &id, draft, draft->total_seats, 0);
  if (!ok) {
    (void)bo_problem_set(problem, BO_PROBLEM_INTERNAL, "layout: is too large");
  } else {
    struct bo_show_bytes bytes = {.data = bson_get_data(&doc), .length = doc.len};
    ok = bo_show_parse(&bytes, arena, &record, problem);
  }
  if (ok && record.blocked_unknown != BO_NONE) {
    ok = bo_problem_set(problem, BO_PROBLEM_INTERNAL, "blocked[%zu]: the show has no such seat", record.blocked_unknown);
  }
  if (ok && doc.len > 15U * 1024 * 1024) { /* MongoDB takes 16 MB a document */
    ok = bo_problem_set(problem, BO_PROBLEM_INTERNAL, "layout: is too large");
  }
  *n_seats = ok ? record.n_seats : 0;
  bson_destroy(&doc);
  return ok;
}

/* -- adding, in one transaction ---------------------------------------------------------------------- */

struct addition {
  struct bo_mongo *mongo;
  const struct bo_deadline *deadline;
  struct bo_arena *arena;
  const struct bo_show_draft *drafts;
  size_t n;
  bson_oid_t *ids;      /* n; the same ones over all tries, so that a second arrival is seen as such */
  const int64_t *seats; /* n */
  bool replace;
  bool unknown; /* a commit may have been done */
  bo_catalogue_progress *progress;
  void *context;
  struct mongo_session session;
};

/* One statement of the transaction. */
static bool run_statement(struct addition *addition, const bson_t *body, struct mongo_reply *reply) {
  mongo_run(addition->mongo, &(struct mongo_command){.body = body, .session = &addition->session}, addition->deadline,
            reply);
  return reply->outcome == MONGO_OK;
}

static bool append_chunk(const struct addition *addition, size_t from, bson_t *body, size_t *end) {
  bson_t list;
  int64_t now_ms = bo_clock_wall_ms();
  bool ok = BSON_APPEND_UTF8(body, "insert", "shows") && BSON_APPEND_ARRAY_BEGIN(body, "documents", &list);
  for (*end = from; ok && *end < addition->n && *end < from + CHUNK_SHOWS && list.len < CHUNK_BYTES; (*end)++) {
    char room[16];
    const char *key;
    bson_t doc;
    (void)bson_uint32_to_string((uint32_t)(*end - from), &key, room, sizeof room);
    ok = bson_append_document_begin(&list, key, -1, &doc) &&
         build_show(&doc, &addition->ids[*end], &addition->drafts[*end], addition->seats[*end], now_ms) &&
         bson_append_document_end(&list, &doc);
  }
  return ok && bson_append_array_end(body, &list);
}

/* mongo_run initialises `reply`; it is freed between statements, never after the last. */
static bool insert_shows(struct addition *addition, struct mongo_reply *reply) {
  bool ok = true;
  for (size_t from = 0, end = 0; ok && from < addition->n; from = end) {
    bson_t body = BSON_INITIALIZER;
    ok = append_chunk(addition, from, &body, &end);
    assert(ok); /* each show passed the check of its size */
    mongo_reply_free(reply);
    ok = run_statement(addition, &body, reply);
    bson_destroy(&body);
    if (ok && addition->progress != NULL) {
      addition->progress(addition->context, end, addition->n);
    }
  }
  return ok;
}

/* {find: shows, filter: {movieTitle: T}} -> their ids as a BSON array in `ids`. */
static bool find_namesakes(struct addition *addition, const char *title, bson_t *ids, struct mongo_reply *reply) {
  bson_t *body = BCON_NEW("find", BCON_UTF8("shows"), "filter", "{", "movieTitle", BCON_UTF8(title), "}", "projection",
                          "{", "_id", BCON_INT32(1), "}", "batchSize", BCON_INT32(100000));
  bson_iter_t batch, doc;
  int64_t cursor_id;
  uint32_t n = 0;
  mongo_reply_free(reply);
  bool ok = run_statement(addition, body, reply) && mongo_batch(&reply->doc, "firstBatch", &batch, &cursor_id);
  while (ok && bson_iter_next(&batch)) {
    char room[16];
    const char *key;
    (void)bson_uint32_to_string(n++, &key, room, sizeof room);
    ok = BSON_ITER_HOLDS_DOCUMENT(&batch) && bson_iter_recurse(&batch, &doc) && bson_iter_find(&doc, "_id") &&
         bson_append_iter(ids, key, -1, &doc);
  }
  bson_destroy(body);
  return ok;
}

/* `*sold`: one of the shows has a booking. */
static bool any_booking(struct addition *addition, const bson_t *ids, bool *sold, struct mongo_reply *reply) {
  bson_t *body = BCON_NEW("find", BCON_UTF8("bookings"), "filter", "{", "showId", "{", "$in", BCON_ARRAY(ids), "}", "}",
                          "limit", BCON_INT32(1), "singleBatch", BCON_BOOL(true));
  bson_iter_t batch;
  int64_t cursor_id;
  mongo_reply_free(reply);
  bool ok = run_statement(addition, body, reply) && mongo_batch(&reply->doc, "firstBatch", &batch, &cursor_id);
  *sold = ok && bson_iter_next(&batch);
  bson_destroy(body);
  return ok;
}

static bool delete_shows(struct addition *addition, const bson_t *ids, struct mongo_reply *reply) {
  bson_t *body = BCON_NEW("delete", BCON_UTF8("shows"), "deletes", "[", "{", "q", "{", "_id", "{", "$in",
                          BCON_ARRAY(ids), "}", "}", "limit", BCON_INT32(0), "}", "]");
  mongo_reply_free(reply);
  bool ok = run_statement(addition, body, reply);
  bson_destroy(body);
  return ok;
}

static bool remove_namesakes(struct addition *addition, struct mongo_reply *reply, bool *sold) {
  bool ok = true;
  *sold = false;
  for (size_t i = 0; ok && !*sold && addition->replace && i < addition->n; i++) {
    bson_t ids = BSON_INITIALIZER;
    ok = find_namesakes(addition, addition->drafts[i].title, &ids, reply);
    if (ok && !bson_empty(&ids)) {
      ok = any_booking(addition, &ids, sold, reply) && (*sold || delete_shows(addition, &ids, reply));
    }
    bson_destroy(&ids);
  }
  return ok;
}

static void end_transaction(struct addition *addition, const char *how, struct mongo_reply *reply) {
  bson_t body = BSON_INITIALIZER;
  bool ok = BSON_APPEND_INT32(&body, how, 1);
  assert(ok);
  mongo_reply_free(reply);
  mongo_run(addition->mongo,
            &(struct mongo_command){.db = "admin", .body = &body, .majority = true, .session = &addition->session},
            addition->deadline, reply);
  bson_destroy(&body);
}

/* Commits until the outcome is definite, or the deadline is past. */
static void commit(struct addition *addition, struct mongo_reply *reply) {
  for (int i = 0; i < TRIES; i++) {
    end_transaction(addition, "commitTransaction", reply);
    bool unknown = reply->outcome == MONGO_NETWORK || reply->outcome == MONGO_ELECTION ||
                   reply->outcome == MONGO_UNACKED || reply->outcome == MONGO_TIMED_OUT;
    addition->unknown = addition->unknown || unknown;
    if (!unknown) {
      return;
    }
    mongo_pause(AGAIN_PAUSE_MS, addition->deadline);
  }
}

/* One whole try; false: `reply` says why, or `sold`. */
static bool try_once(struct addition *addition, struct mongo_reply *reply, bool *sold) {
  mongo_session_next_txn(addition->mongo, &addition->session);
  bool ok = remove_namesakes(addition, reply, sold) && !*sold && insert_shows(addition, reply);
  if (ok) {
    commit(addition, reply);
    return reply->outcome == MONGO_OK;
  }
  if (addition->session.started) {
    struct mongo_reply aborted = {.outcome = MONGO_OK};
    bson_init(&aborted.doc);
    end_transaction(addition, "abortTransaction", &aborted);
    mongo_reply_free(&aborted);
  }
  return false;
}

static bool add_all(struct addition *addition, struct bo_problem *problem) {
  struct mongo_reply reply = {.outcome = MONGO_NO_SERVER};
  bool sold = false, ok = false;
  bson_init(&reply.doc);
  for (int i = 0; i < TRIES && !ok && !sold; i++) {
    ok = try_once(addition, &reply, &sold);
    if (!ok && !sold) {
      /* Our own ids again: a commit of before was done. */
      ok = reply.outcome == MONGO_DUPLICATE && addition->unknown;
      if (reply.outcome != MONGO_CONFLICT && reply.outcome != MONGO_ELECTION && reply.outcome != MONGO_NETWORK) {
        break;
      }
      mongo_pause(AGAIN_PAUSE_MS, addition->deadline);
    }
  }
  mongo_session_close(&addition->session);
  if (sold) {
    (void)bo_problem_set(problem, BO_PROBLEM_SEATS_SOLD, "a show of this title has bookings: it is not replaced");
  } else if (!ok && reply.outcome == MONGO_OK) {
    (void)bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer");
  } else if (!ok) {
    (void)mongo_fail(addition->mongo, &reply, problem);
    if (addition->unknown) {
      (void)bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN,
                           "MongoDB has not said whether the shows were stored: see `boxoffice-seed list`");
    }
  }
  mongo_reply_free(&reply);
  return ok;
}

/* Ids in hex for the caller, seats for the documents. */
static bool prepare(struct addition *addition, const char *const **ids, struct bo_problem *problem) {
  const char **texts = bo_arena_array(addition->arena, addition->n, sizeof *texts);
  char *room = bo_arena_array(addition->arena, addition->n, BO_SHOW_ID_LENGTH + 1);
  int64_t *seats = bo_arena_array(addition->arena, addition->n, sizeof *seats);
  addition->ids = bo_arena_array(addition->arena, addition->n, sizeof *addition->ids);
  if (texts == NULL || room == NULL || seats == NULL || addition->ids == NULL) {
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the shows");
  }
  for (size_t i = 0; i < addition->n; i++, room += BO_SHOW_ID_LENGTH + 1) {
    bson_oid_init(&addition->ids[i], NULL);
    bson_oid_to_string(&addition->ids[i], room);
    texts[i] = room;
    seats[i] = addition->drafts[i].total_seats;
  }
  addition->seats = seats;
  *ids = texts;
  return true;
}

bool bo_catalogue_add(struct bo_mongo *mongo, const struct bo_show_draft *drafts, size_t n, bool replace,
                      bo_catalogue_progress *progress, void *context, const struct bo_deadline *deadline,
                      struct bo_arena *arena, const char *const **ids, struct bo_problem *problem) {
  struct addition addition = {.mongo = mongo, .deadline = deadline, .arena = arena, .drafts = drafts, .n = n,
                              .replace = replace, .progress = progress, .context = context};
  if (!mongo_begin(mongo, deadline, problem) || !prepare(&addition, ids, problem)) {
    return false;
  }
  if (!mongo_session_open(mongo, &addition.session)) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "no session with MongoDB to be had");
  }
  return add_all(&addition, problem);
}

/* -- listing ----------------------------------------------------------------------------------------- */

struct listing {
  struct bo_arena *arena;
  struct bo_catalogue_entry *entries;
  size_t n, room;
};

/* The labels of a large house are read into an arena of their own, and go again at once. */
static bool describe(const bson_iter_t *doc, struct bo_arena *arena, struct bo_catalogue_entry *entry) {
  struct bo_show_bytes bytes;
  struct bo_show_record record;
  struct bo_problem problem;
  uint32_t length;
  bson_iter_document(doc, &length, &bytes.data);
  bytes.length = length;
  *entry = (struct bo_catalogue_entry){.title = ""};
  struct bo_arena *scratch = bo_arena_new();
  if (scratch == NULL) {
    return false;
  }
  bool sound = bo_show_parse(&bytes, scratch, &record, &problem);
  memcpy(entry->id, record.id, sizeof entry->id); /* filled in as far as it got */
  entry->title = bo_arena_strdup(arena, record.title != NULL ? record.title : "");
  entry->start_ms = record.start_ms;
  entry->n_seats = sound ? record.n_seats : 0;
  entry->fault = sound ? NULL : bo_arena_strdup(arena, problem.detail);
  bo_arena_free(scratch);
  return entry->title != NULL && (sound || entry->fault != NULL);
}

static bool take_entries(const bson_t *reply, const char *name, struct listing *listing, int64_t *cursor_id,
                         struct bo_problem *problem) {
  bson_iter_t batch;
  if (!mongo_batch(reply, name, &batch, cursor_id)) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
  }
  while (bson_iter_next(&batch)) {
    if (listing->n == listing->room) {
      size_t room = listing->room * 2 + 64;
      struct bo_catalogue_entry *wider = bo_arena_array(listing->arena, room, sizeof *wider);
      if (wider == NULL) {
        return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the list");
      }
      if (listing->n > 0) {
        memcpy(wider, listing->entries, listing->n * sizeof *wider);
      }
      listing->entries = wider;
      listing->room = room;
    }
    if (!BSON_ITER_HOLDS_DOCUMENT(&batch)) {
      return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
    }
    if (!describe(&batch, listing->arena, &listing->entries[listing->n])) {
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the list");
    }
    listing->n++;
  }
  return true;
}

bool bo_catalogue_list(struct bo_mongo *mongo, const struct bo_deadline *deadline, struct bo_arena *arena,
                       struct bo_catalogue_entry **entries, size_t *n, struct bo_problem *problem) {
  struct listing listing = {.arena = arena};
  int64_t cursor_id = 0;
  bool ok = mongo_begin(mongo, deadline, problem), first = true;
  while (ok && (first || cursor_id != 0)) {
    struct mongo_reply reply;
    bson_t *body = first ? BCON_NEW("find", BCON_UTF8("shows"), "sort", "{", "startTime", BCON_INT32(1), "_id",
                                    BCON_INT32(1), "}", "batchSize", BCON_INT32(LIST_BATCH), "allowDiskUse",
                                    BCON_BOOL(true))
                         : BCON_NEW("getMore", BCON_INT64(cursor_id), "collection", BCON_UTF8("shows"), "batchSize",
                                    BCON_INT32(LIST_BATCH));
    ok = mongo_read(mongo, &(struct mongo_command){.body = body, .no_max_time = !first}, deadline, &reply, problem) &&
         take_entries(&reply.doc, first ? "firstBatch" : "nextBatch", &listing, &cursor_id, problem);
    mongo_reply_free(&reply);
    bson_destroy(body);
    first = false;
  }
  *entries = listing.entries;
  *n = listing.n;
  return ok;
}
