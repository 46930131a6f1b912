#include "store/shows.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "store/mongo_private.h"

#include "store/layout_private.h"
#include "store/seat_list_private.h"

/* -- reads ------------------------------------------------------------------------------------------- */

static bool append_show_query(bson_t *body, const char *show_id, bool id_alone) {
  bson_t child;
  bool ok = BSON_APPEND_UTF8(body, "find", "shows") && BSON_APPEND_DOCUMENT_BEGIN(body, "filter", &child) &&
            mongo_append_oid(&child, "_id", show_id) && bson_append_document_end(body, &child) &&
            BSON_APPEND_INT32(body, "limit", 1) && BSON_APPEND_BOOL(body, "singleBatch", true);
  if (ok && id_alone) {
    ok = BSON_APPEND_DOCUMENT_BEGIN(body, "projection", &child) && BSON_APPEND_INT32(&child, "_id", 1) &&
         bson_append_document_end(body, &child);
  }
  return ok;
}

static bool take_show(const bson_t *reply, struct bo_arena *arena, struct bo_show_bytes *out,
                      struct bo_problem *problem) {
  bson_iter_t batch;
  int64_t cursor_id;
  const uint8_t *data;
  uint32_t length;
  if (!mongo_batch(reply, "firstBatch", &batch, &cursor_id)) {
    return mongo_strange_answer(problem);
  }
  if (!bson_iter_next(&batch) || !BSON_ITER_HOLDS_DOCUMENT(&batch)) {
    return bo_problem_set(problem, BO_PROBLEM_SHOW_NOT_FOUND, "there is no show with this id");
  }
  bson_iter_document(&batch, &length, &data);
  uint8_t *copy = bo_arena_alloc(arena, length);
  if (copy == NULL) {
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the show");
  }
  memcpy(copy, data, length);
  *out = (struct bo_show_bytes){.data = copy, .length = length};
  return true;
}

bool bo_shows_read(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                   struct bo_arena *arena, struct bo_show_bytes *out, struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bool ok = append_show_query(&body, show_id, false);
  assert(ok); /* a handful of bytes */
  ok = mongo_read(mongo, &(struct mongo_command){.body = &body}, deadline, &reply, problem) &&
       take_show(&reply.doc, arena, out, problem);
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

bool bo_shows_there(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                    struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bson_iter_t batch;
  int64_t cursor_id;
  bool ok = append_show_query(&body, show_id, true);
  assert(ok);
  ok = mongo_read(mongo, &(struct mongo_command){.body = &body}, deadline, &reply, problem);
  if (ok && !mongo_batch(&reply.doc, "firstBatch", &batch, &cursor_id)) {
    ok = mongo_strange_answer(problem);
  } else if (ok && !bson_iter_next(&batch)) {
    ok = bo_problem_set(problem, BO_PROBLEM_SHOW_NOT_FOUND, "there is no show with this id");
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

bool bo_shows_prove_primary(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                            struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  bool ok = append_show_query(&body, show_id, true);
  assert(ok);
  /* Whether the show is there does not matter: it is the answer itself that takes a majority. */
  ok = mongo_read(mongo, &(struct mongo_command){.body = &body, .read_concern = "linearizable"}, deadline, &reply,
                  problem);
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

/* -- understanding ----------------------------------------------------------------------------------- */

static bool bad_show(struct bo_problem *problem, const char *path, const char *reason) {
  return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "%s: %s", path, reason);
}

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the show");
}

static bool parse_id(const bson_t *doc, struct bo_show_record *out, struct bo_problem *problem) {
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, doc, "_id") || !BSON_ITER_HOLDS_OID(&iter)) {
    return bad_show(problem, "_id", "must be an ObjectId");
  }
  bson_oid_to_string(bson_iter_oid(&iter), out->id);
  return true;
}

static bool parse_title(const bson_t *doc, struct bo_arena *arena, struct bo_show_record *out,
                        struct bo_problem *problem) {
  bson_iter_t iter;
  uint32_t length = 0;
  const char *title = NULL;
  if (bson_iter_init_find(&iter, doc, "movieTitle") && BSON_ITER_HOLDS_UTF8(&iter)) {
    title = bson_iter_utf8(&iter, &length);
  }
  if (title == NULL || length == 0 || !bson_utf8_validate(title, length, false)) {
    return bad_show(problem, "movieTitle", "must be text, and not empty");
  }
  out->title = bo_arena_strndup(arena, title, length);
  return out->title != NULL || no_memory(problem);
}

/* A date; `out` is left as it is where there is none. */
static bool parse_date(const bson_t *doc, const char *field, int64_t *out, struct bo_problem *problem) {
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, doc, field) || BSON_ITER_HOLDS_NULL(&iter)) {
    return true;
  }
  if (!BSON_ITER_HOLDS_DATE_TIME(&iter)) {
    return bad_show(problem, field, "must be a date");
  }
  *out = bson_iter_date_time(&iter);
  return true;
}

static bool parse_times(const bson_t *doc, struct bo_show_record *out, struct bo_problem *problem) {
  if (!parse_date(doc, "startTime", &out->start_ms, problem) ||
      !parse_date(doc, "saleStart", &out->sale_opens_ms, problem)) {
    return false;
  }
  out->sale_closes_ms = out->start_ms != 0 ? out->start_ms : BO_NEVER_MS;
  if (!parse_date(doc, "saleEnd", &out->sale_closes_ms, problem)) {
    return false;
  }
  bool ends = bson_has_field(doc, "saleEnd");
  return out->sale_opens_ms < out->sale_closes_ms || !(ends || out->sale_opens_ms > 0) ||
         bad_show(problem, ends ? "saleEnd" : "saleStart", ends ? "must be later than saleStart" : "must be before the show starts");
}

static bool whole_number(const bson_iter_t *iter, double *out) {
  if (!BSON_ITER_HOLDS_INT32(iter) && !BSON_ITER_HOLDS_INT64(iter) && !BSON_ITER_HOLDS_DOUBLE(iter)) {
    return false;
  }
  *out = BSON_ITER_HOLDS_DOUBLE(iter) ? bson_iter_double(iter) : (double)bson_iter_as_int64(iter);
  return isfinite(*out) && floor(*out) >= *out;
}

static bool parse_limit(const bson_t *doc, const char *field, int64_t least, int64_t *out, struct bo_problem *problem) {
  bson_iter_t iter;
  double limit = 0;
  *out = BO_UNSET;
  if (!bson_iter_init_find(&iter, doc, field) || BSON_ITER_HOLDS_NULL(&iter)) {
    return true;
  }
  if (!whole_number(&iter, &limit) || limit < (double)least || limit > (double)BO_LIMIT_MAX) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "%s: must be a whole number from %d to %d", field, (int)least,
                          BO_LIMIT_MAX);
  }
  *out = (int64_t)limit;
  return true;
}

static bool parse_total(const bson_t *doc, struct bo_arena *arena, struct bo_show_record *out,
                        struct bo_problem *problem) {
  bson_iter_t iter;
  double total = 0;
  if (!bson_iter_init_find(&iter, doc, "totalSeats") || !whole_number(&iter, &total) || total < 1 ||
      total > BO_SHOW_SEATS_MAX) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "totalSeats: must be a whole number from 1 to %d",
                          BO_SHOW_SEATS_MAX);
  }
  return seat_list_number((size_t)total, arena, out, problem);
}

static bool parse_blocked(const bson_t *doc, struct bo_arena *arena, struct bo_show_record *out,
                          struct bo_problem *problem) {
  bson_iter_t blocked;
  bool there = bson_iter_init_find(&blocked, doc, "blocked") && !BSON_ITER_HOLDS_NULL(&blocked);
  return !there || seat_list_block(&blocked, arena, out, problem);
}

bool bo_show_parse(const struct bo_show_bytes *bytes, struct bo_arena *arena, struct bo_show_record *out,
                   struct bo_problem *problem) {
  bson_t doc;
  bson_iter_t layout;
  *out = (struct bo_show_record){.blocked_unknown = BO_NONE};
  /* The bytes may come from Redis: look at every length in them before reading. */
  if (!bson_init_static(&doc, bytes->data, bytes->length) || !bson_validate(&doc, BSON_VALIDATE_NONE, NULL)) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "the show's document is not BSON");
  }
  if (!parse_id(&doc, out, problem) || !parse_title(&doc, arena, out, problem) || !parse_times(&doc, out, problem) ||
      !parse_limit(&doc, "maxHeldPerUser", 1, &out->max_held, problem) ||
      !parse_limit(&doc, "maxOwnedPerUser", 0, &out->max_owned, problem)) {
    return false;
  }
  if (bson_iter_init_find(&layout, &doc, "layout") && !BSON_ITER_HOLDS_NULL(&layout)) {
    /* It decides, whatever totalSeats says. */
    if (!layout_parse(&layout, arena, out, problem)) {
      return false;
    }
  } else if (!parse_total(&doc, arena, out, problem)) {
    return false;
  }
  return parse_blocked(&doc, arena, out, problem);
}
