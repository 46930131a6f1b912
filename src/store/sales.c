#include "store/sales.h"

#include <assert.h>
#include <string.h>

#include "store/mongo_private.h"

#include "store/bookings_private.h"

enum { BATCH = 10000 };

struct sales {
  struct bo_arena *arena;
  struct bo_sale *list;
  size_t n, room;
};

static bool take_sale(const bson_iter_t *doc, struct sales *sales) {
  bson_iter_t created = *doc;
  if (sales->n == sales->room) {
    size_t room = sales->room * 2 + 256;
    struct bo_sale *wider = bo_arena_array(sales->arena, room, sizeof *wider);
    if (wider == NULL) {
      return false;
    }
    if (sales->n > 0) {
      memcpy(wider, sales->list, sales->n * sizeof *wider);
    }
    sales->list = wider;
    sales->room = room;
  }
  bool has_time = bson_iter_find(&created, "createdAt") && BSON_ITER_HOLDS_DATE_TIME(&created);
  struct bo_sale *sale = &sales->list[sales->n++];
  *sale = (struct bo_sale){.seat = bookings_text(doc, "seatNumber", sales->arena),
                           .user = bookings_text(doc, "userId", sales->arena),
                           .booking_id = bookings_id(doc, sales->arena),
                           .created_ms = has_time ? bson_iter_date_time(&created) : 0};
  return sale->seat != NULL && sale->user != NULL && sale->booking_id != NULL;
}

static bool take_batch(const bson_t *reply, const char *name, struct sales *sales, int64_t *cursor_id,
                       struct bo_problem *problem) {
  bson_iter_t batch, doc;
  if (!mongo_batch(reply, name, &batch, cursor_id)) {
    return mongo_strange_answer(problem);
  }
  while (bson_iter_next(&batch)) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&batch) || !bson_iter_recurse(&batch, &doc)) {
      return mongo_strange_answer(problem);
    }
    if (!take_sale(&doc, sales)) {
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the bookings");
    }
  }
  return true;
}

static bson_t *first_query(const char *show_id) {
  bson_oid_t id;
  bson_oid_init_from_string(&id, show_id);
  return BCON_NEW("find", BCON_UTF8("bookings"), "filter", "{", "showId", BCON_OID(&id), "}", "batchSize", BCON_INT32(BATCH));
}

bool bo_sales_read(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline, struct bo_arena *arena,
                   struct bo_sale **sales, size_t *n, struct bo_problem *problem) {
  struct sales read = {.arena = arena};
  int64_t cursor_id = 0;
  bool first = true, ok = mongo_begin(mongo, deadline, problem);
  assert(bson_oid_is_valid(show_id, strlen(show_id)));
  while (ok && (first || cursor_id != 0)) {
    struct mongo_reply reply;
    bson_t *body = first ? first_query(show_id)
                         : BCON_NEW("getMore", BCON_INT64(cursor_id), "collection", BCON_UTF8("bookings"), "batchSize",
                                    BCON_INT32(BATCH));
    const struct mongo_command command = {
        .body = body, .no_max_time = !first, .read_concern = first ? "snapshot" : NULL};
    ok = mongo_read(mongo, &command, deadline, &reply, problem) &&
         take_batch(&reply.doc, first ? "firstBatch" : "nextBatch", &read, &cursor_id, problem);
    mongo_reply_free(&reply);
    bson_destroy(body);
    first = false;
  }
  *sales = read.list;
  *n = read.n;
  return ok;
}
