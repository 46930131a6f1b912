#include "store/upcoming.h"

#include <string.h>

#include "store/mongo_private.h"

/* Those that can be sold, as far as can be seen here. Behind the mark is what starts later, or at once with a greater id;
 * without one that is all. */
static bson_t *make_query(int64_t now_ms, int64_t after_ms, const char *after_id, size_t limit) {
  bson_oid_t id;
  bson_oid_init_from_string(&id, after_id != NULL ? after_id : "000000000000000000000000");
  bson_t *filter = BCON_NEW("startTime", "{", "$gt", BCON_DATE_TIME(now_ms), "$gte", BCON_DATE_TIME(after_ms), "}", "$or",
                            "[", "{", "startTime", "{", "$gt", BCON_DATE_TIME(after_ms), "}", "}", "{", "startTime",
                            BCON_DATE_TIME(after_ms), "_id", "{", "$gt", BCON_OID(&id), "}", "}", "]", "_id", "{", "$type",
                            BCON_UTF8("objectId"), "}", "movieTitle", "{", "$type", BCON_UTF8("string"), "$ne",
                            BCON_UTF8(""), "}");
  bson_t *body = BCON_NEW("find", BCON_UTF8("shows"), "filter", BCON_DOCUMENT(filter), "sort", "{", "startTime",
                          BCON_INT32(1), "_id", BCON_INT32(1), "}", "projection", "{", "movieTitle", BCON_INT32(1),
                          "startTime", BCON_INT32(1), "saleStart", BCON_INT32(1), "saleEnd", BCON_INT32(1), "totalSeats",
                          BCON_INT32(1), "}", "limit", BCON_INT64((int64_t)limit),
                          "batchSize", BCON_INT64((int64_t)limit), "singleBatch", BCON_BOOL(true));
  bson_destroy(filter);
  return body;
}

static size_t whole_seats(const bson_iter_t *iter) {
  double seats = BSON_ITER_HOLDS_NUMBER(iter) ? bson_iter_as_double(iter) : 0;
  return seats >= 1 && seats <= BO_SHOW_SEATS_MAX ? (size_t)seats : 0;
}

/* False: out of memory. */
static bool take_fields(const bson_iter_t *doc, struct bo_arena *arena, struct bo_upcoming *show) {
  bson_iter_t field;
  *show = (struct bo_upcoming){.title = ""};
  bool ok = bson_iter_recurse(doc, &field);
  while (ok && bson_iter_next(&field)) {
    const char *key = bson_iter_key(&field);
    if (strcmp(key, "_id") == 0 && BSON_ITER_HOLDS_OID(&field)) {
      bson_oid_to_string(bson_iter_oid(&field), show->id);
    } else if (strcmp(key, "startTime") == 0 && BSON_ITER_HOLDS_DATE_TIME(&field)) {
      show->start_ms = bson_iter_date_time(&field);
    } else if (strcmp(key, "saleStart") == 0 && BSON_ITER_HOLDS_DATE_TIME(&field)) {
      show->sale_opens_ms = bson_iter_date_time(&field);
    } else if (strcmp(key, "saleEnd") == 0 && BSON_ITER_HOLDS_DATE_TIME(&field)) {
      show->sale_closes_ms = bson_iter_date_time(&field);
    } else if (strcmp(key, "totalSeats") == 0) {
      show->total = whole_seats(&field);
    } else if (strcmp(key, "movieTitle") == 0 && BSON_ITER_HOLDS_UTF8(&field)) {
      uint32_t length;
      const char *title = bson_iter_utf8(&field, &length);
      show->title = bo_arena_strndup(arena, title, length);
      ok = show->title != NULL;
    }
  }
  if (show->sale_closes_ms == 0) {
    show->sale_closes_ms = show->start_ms;
  }
  return ok;
}

static bool take_shows(const bson_t *reply, size_t limit, struct bo_arena *arena, struct bo_upcoming **shows, size_t *n,
                       struct bo_problem *problem) {
  bson_iter_t batch;
  int64_t cursor_id;
  if (!mongo_batch(reply, "firstBatch", &batch, &cursor_id)) {
    return mongo_strange_answer(problem);
  }
  *shows = bo_arena_array(arena, limit, sizeof **shows);
  bool ok = *shows != NULL;
  for (*n = 0; ok && *n < limit && bson_iter_next(&batch); (*n)++) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&batch)) {
      return mongo_strange_answer(problem);
    }
    ok = take_fields(&batch, arena, &(*shows)[*n]);
    if (ok && !(*shows)[*n].id[0]) { /* the query asks for such an _id alone */
      return mongo_strange_answer(problem);
    }
  }
  return ok || bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a list of shows");
}

bool bo_upcoming_read(struct bo_mongo *mongo, int64_t now_ms, int64_t after_ms, const char *after_id, size_t limit,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_upcoming **shows, size_t *n,
                      struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t *body = make_query(now_ms, after_ms, after_id, limit);
  struct mongo_reply reply;
  bool ok = mongo_read(mongo, &(struct mongo_command){.body = body}, deadline, &reply, problem) &&
            take_shows(&reply.doc, limit, arena, shows, n, problem);
  mongo_reply_free(&reply);
  bson_destroy(body);
  return ok;
}
