#include "store/catalogue.h"

#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "store/mongo_private.h"

enum { CHUNK_SHOWS = 500, CHUNK_BYTES = 8 * 1024 * 1024, NAMESAKES_MAX = 100000, LIST_BATCH = 200 };

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
  bool ok = mongo_array_begin(doc, key, &child);
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

/* -- adding, and what is replaced -------------------------------------------------------------------- */

struct addition {
  const struct bo_show_draft *drafts;
  size_t n;
  bson_oid_t *ids; /* n; the same ones over all tries, so that a second arrival is seen as such */
  struct mongo_statement *statements;
  size_t n_statements;
};

/* As many shows from `from` on as fit a statement. */
static size_t append_chunk(const struct addition *addition, size_t from, bson_t *body) {
  bson_t list;
  int64_t now_ms = bo_clock_wall_ms();
  size_t end = from;
  bool ok = BSON_APPEND_UTF8(body, "insert", "shows") && mongo_array_begin(body, "documents", &list);
  for (; ok && end < addition->n && end < from + CHUNK_SHOWS && list.len < CHUNK_BYTES; end++) {
    char room[16];
    const char *key;
    bson_t doc;
    (void)bson_uint32_to_string((uint32_t)(end - from), &key, room, sizeof room);
    ok = bson_append_document_begin(&list, key, -1, &doc) &&
         build_show(&doc, &addition->ids[end], &addition->drafts[end], addition->drafts[end].total_seats, now_ms) &&
         bson_append_document_end(&list, &doc);
  }
  ok = ok && bson_append_array_end(body, &list);
  assert(ok); /* each show passed the check of its size */
  return end;
}

static bson_t *next_statement(struct addition *addition, size_t n) {
  struct mongo_statement *statement = &addition->statements[addition->n_statements++];
  bson_init(&statement->body);
  statement->n = (int64_t)n;
  return &statement->body;
}

static void state_removal(struct addition *addition, const struct bo_namesake *old, size_t n_old) {
  bson_t *body = next_statement(addition, n_old), deletes, one, query, among, ids;
  bool ok = BSON_APPEND_UTF8(body, "delete", "shows") && mongo_array_begin(body, "deletes", &deletes) &&
            BSON_APPEND_DOCUMENT_BEGIN(&deletes, "0", &one) && BSON_APPEND_DOCUMENT_BEGIN(&one, "q", &query) &&
            BSON_APPEND_DOCUMENT_BEGIN(&query, "_id", &among) && mongo_array_begin(&among, "$in", &ids);
  for (size_t i = 0; ok && i < n_old; i++) {
    char room[16];
    const char *key;
    (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
    ok = mongo_append_oid(&ids, key, old[i].id);
  }
  ok = ok && bson_append_array_end(&among, &ids) && bson_append_document_end(&query, &among) &&
       bson_append_document_end(&one, &query) && BSON_APPEND_INT32(&one, "limit", 0) &&
       bson_append_document_end(&deletes, &one) && bson_append_array_end(body, &deletes);
  assert(ok); /* ids of one batch of MongoDB */
}

static bool state_all(struct addition *addition, const struct bo_namesake *old, size_t n_old, struct bo_problem *problem) {
  size_t most = addition->n + 1; /* statements; those that are not needed cost no memory, as nobody touches it */
  addition->statements = aligned_alloc(_Alignof(struct mongo_statement), most * sizeof *addition->statements);
  if (addition->statements == NULL) {
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the shows");
  }
  if (n_old > 0) {
    state_removal(addition, old, n_old);
  }
  for (size_t from = 0, end = 0; from < addition->n; from = end) {
    bson_t *body = next_statement(addition, 0);
    end = append_chunk(addition, from, body);
    addition->statements[addition->n_statements - 1].n = (int64_t)(end - from);
  }
  return true;
}

/* E11000: shows of these very ids, whose first answer was lost; or an index that somebody has made on shows. */
static bool look_at_duplicate(struct bo_mongo *mongo, const char *id, const struct bo_deadline *deadline,
                              struct bo_problem *problem) {
  if (bo_shows_there(mongo, id, deadline, problem)) {
    return true;
  }
  return problem->code == BO_PROBLEM_SHOW_NOT_FOUND
             ? bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "an index on shows refuses them: drop it, or change the shows")
             : bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "MongoDB has not said whether the shows were stored");
}

static bool write_all(struct bo_mongo *mongo, const struct addition *addition, const char *first_id,
                      const struct bo_deadline *deadline, struct bo_problem *problem) {
  const struct mongo_write write = {.mongo = mongo, .statements = addition->statements, .transaction = true,
                                    .n_statements = addition->n_statements,
                                    .what = "the shows were stored: see `boxoffice-seed list`"};
  switch (mongo_write(&write, deadline, problem)) {
  case MONGO_WRITE_DONE:
    return true;
  case MONGO_WRITE_DUPLICATE:
    return look_at_duplicate(mongo, first_id, deadline, problem);
  case MONGO_WRITE_MISSED:
    return bo_problem_set(problem, BO_PROBLEM_SHOW_NOT_FOUND, "a show of this title was removed meanwhile; nothing was changed");
  case MONGO_WRITE_REFUSED:
  case MONGO_WRITE_UNKNOWN:
    break;
  }
  return false;
}

/* Ids for the documents, and in hex for the caller. */
static bool make_ids(struct addition *addition, struct bo_arena *arena, const char *const **ids, struct bo_problem *problem) {
  const char **texts = bo_arena_array(arena, addition->n, sizeof *texts);
  char *room = bo_arena_array(arena, addition->n, BO_SHOW_ID_LENGTH + 1);
  addition->ids = bo_arena_array(arena, addition->n, sizeof *addition->ids);
  if (texts == NULL || room == NULL || addition->ids == NULL) {
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the shows");
  }
  for (size_t i = 0; i < addition->n; i++, room += BO_SHOW_ID_LENGTH + 1) {
    bson_oid_init(&addition->ids[i], NULL);
    bson_oid_to_string(&addition->ids[i], room);
    texts[i] = room;
  }
  *ids = texts;
  return true;
}

bool bo_catalogue_add(struct bo_mongo *mongo, const struct bo_show_draft *drafts, size_t n, const struct bo_namesake *old,
                      size_t n_old, const struct bo_deadline *deadline, struct bo_arena *arena, const char *const **ids,
                      struct bo_problem *problem) {
  struct addition addition = {.drafts = drafts, .n = n};
  if (!mongo_begin(mongo, deadline, problem) || !make_ids(&addition, arena, ids, problem) ||
      !state_all(&addition, old, n_old, problem)) {
    return false;
  }
  bool ok = write_all(mongo, &addition, (*ids)[0], deadline, problem);
  for (size_t i = 0; i < addition.n_statements; i++) {
    bson_destroy(&addition.statements[i].body);
  }
  free(addition.statements);
  return ok;
}

static int64_t date_of(const bson_iter_t *doc, const char *field) {
  bson_iter_t iter = *doc;
  return bson_iter_find(&iter, field) && BSON_ITER_HOLDS_DATE_TIME(&iter) ? bson_iter_date_time(&iter) : BO_UNSET;
}

/* Those whose _id is an ObjectId: nobody can see, hold or buy a seat of another. */
static bool take_namesakes(const bson_t *reply, struct bo_arena *arena, struct bo_namesake **shows, size_t *n,
                           struct bo_problem *problem) {
  bson_iter_t batch, count, doc;
  int64_t cursor_id;
  size_t most = 0;
  *n = 0;
  if (!mongo_batch(reply, "firstBatch", &batch, &cursor_id) || cursor_id != 0) {
    return mongo_strange_answer(problem);
  }
  for (count = batch; bson_iter_next(&count);) {
    most++;
  }
  *shows = bo_arena_array(arena, most, sizeof **shows);
  if (*shows == NULL) {
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the shows");
  }
  while (bson_iter_next(&batch)) {
    bson_iter_t id;
    bool known = BSON_ITER_HOLDS_DOCUMENT(&batch) && bson_iter_recurse(&batch, &doc);
    id = doc;
    if (known && bson_iter_find(&id, "_id") && BSON_ITER_HOLDS_OID(&id)) {
      struct bo_namesake *show = &(*shows)[(*n)++];
      *show = (struct bo_namesake){.sale_opens_ms = date_of(&doc, "saleStart"), .sale_closes_ms = date_of(&doc, "saleEnd")};
      bson_oid_to_string(bson_iter_oid(&id), show->id);
    }
  }
  return true;
}

bool bo_catalogue_namesakes(struct bo_mongo *mongo, const char *title, const struct bo_deadline *deadline,
                            struct bo_arena *arena, struct bo_namesake **shows, size_t *n, struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t *body = BCON_NEW("find", BCON_UTF8("shows"), "filter", "{", "movieTitle", BCON_UTF8(title), "}", "projection",
                          "{", "_id", BCON_INT32(1), "saleStart", BCON_INT32(1), "saleEnd", BCON_INT32(1), "}", "batchSize",
                          BCON_INT32(NAMESAKES_MAX), "limit", BCON_INT32(NAMESAKES_MAX));
  struct mongo_reply reply;
  bool ok = mongo_read(mongo, &(struct mongo_command){.body = body}, deadline, &reply, problem) &&
            take_namesakes(&reply.doc, arena, shows, n, problem);
  mongo_reply_free(&reply);
  bson_destroy(body);
  return ok;
}

/* {$set: {updatedAt, the times that there are}, $unset: {the others}} */
static bool append_sale(bson_t *change, const struct bo_namesake *show) {
  const struct {
    const char *field;
    int64_t ms;
  } times[] = {{"saleStart", show->sale_opens_ms}, {"saleEnd", show->sale_closes_ms}};
  bson_t set = BSON_INITIALIZER, unset = BSON_INITIALIZER;
  bool ok = BSON_APPEND_DATE_TIME(&set, "updatedAt", bo_clock_wall_ms());
  for (size_t i = 0; ok && i < 2; i++) {
    ok = times[i].ms != BO_UNSET ? BSON_APPEND_DATE_TIME(&set, times[i].field, times[i].ms)
                                 : BSON_APPEND_UTF8(&unset, times[i].field, "");
  }
  ok = ok && BSON_APPEND_DOCUMENT(change, "$set", &set) &&
       (bson_empty(&unset) || BSON_APPEND_DOCUMENT(change, "$unset", &unset));
  bson_destroy(&set);
  bson_destroy(&unset);
  return ok;
}

bool bo_catalogue_set_sale(struct bo_mongo *mongo, const struct bo_namesake *show, const struct bo_deadline *deadline,
                           struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_oid_t id;
  bson_t change = BSON_INITIALIZER;
  struct mongo_statement statement = {.n = 1};
  bson_init(&statement.body);
  bson_oid_init_from_string(&id, show->id);
  bool ok = append_sale(&change, show);
  bson_t *body = BCON_NEW("update", BCON_UTF8("shows"), "updates", "[", "{", "q", "{", "_id", BCON_OID(&id), "}", "u",
                          BCON_DOCUMENT(&change), "}", "]");
  ok = ok && bson_concat(&statement.body, body);
  assert(ok); /* a handful of bytes */
  const struct mongo_write write = {.mongo = mongo, .statements = &statement, .n_statements = 1, .transaction = true,
                                    .what = "the times of the sale were changed"};
  enum mongo_write_outcome outcome = mongo_write(&write, deadline, problem);
  bson_destroy(body);
  bson_destroy(&change);
  bson_destroy(&statement.body);
  if (outcome == MONGO_WRITE_MISSED) {
    return bo_problem_set(problem, BO_PROBLEM_SHOW_NOT_FOUND, "there is no show with this id");
  }
  if (outcome == MONGO_WRITE_DUPLICATE) {
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "an index on shows refuses the change: drop it");
  }
  return outcome == MONGO_WRITE_DONE;
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
    return mongo_strange_answer(problem);
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
      return mongo_strange_answer(problem);
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
