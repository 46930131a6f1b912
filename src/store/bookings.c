#include "store/bookings.h"

#include <assert.h>
#include <string.h>

#include "store/mongo_private.h"
#include "store/bookings_private.h"
#include "util/bounds.h"
#include "util/log.h"

void bo_bookings_new_id(char out[BO_BOOKING_ID_SIZE]) {
  bson_oid_t oid;
  bson_oid_init(&oid, NULL);
  bson_oid_to_string(&oid, out);
}

/* -- reads ------------------------------------------------------------------------------------------- */

static bool append_sold_query(bson_t *body, const char *show_id) {
  bson_t child;
  return BSON_APPEND_UTF8(body, "find", "bookings") && BSON_APPEND_DOCUMENT_BEGIN(body, "filter", &child) &&
         mongo_append_oid(&child, "showId", show_id) && bson_append_document_end(body, &child) &&
         BSON_APPEND_DOCUMENT_BEGIN(body, "projection", &child) && BSON_APPEND_INT32(&child, "_id", 0) &&
         BSON_APPEND_INT32(&child, "seatNumber", 1) && bson_append_document_end(body, &child) &&
         BSON_APPEND_DOCUMENT_BEGIN(body, "hint", &child) && BSON_APPEND_INT32(&child, "showId", 1) &&
         BSON_APPEND_INT32(&child, "seatNumber", 1) && bson_append_document_end(body, &child) &&
         BSON_APPEND_INT32(body, "batchSize", BO_SHOW_SEATS_MAX + 1);
}

static bool append_more_query(bson_t *body, int64_t cursor_id) {
  return BSON_APPEND_INT64(body, "getMore", cursor_id) && BSON_APPEND_UTF8(body, "collection", "bookings") &&
         BSON_APPEND_INT32(body, "batchSize", BO_SHOW_SEATS_MAX + 1);
}

/* The seats read so far. Room grows by halves, in the arena: what it leaves behind goes with the request. */
struct sold {
  struct bo_arena *arena;
  const char **seats;
  size_t n, room;
  size_t odd; /* seat numbers that are no strings: not ours, and no seat that can be named */
};

static bool sold_add(struct sold *sold, const char *seat, size_t length) {
  if (sold->n == sold->room) {
    size_t room = sold->room + sold->room / 2 + 256;
    const char **wider = bo_arena_array(sold->arena, room, sizeof *wider);
    if (wider == NULL) {
      return false;
    }
    if (sold->n > 0) {
      memcpy(wider, sold->seats, sold->n * sizeof *wider);
    }
    sold->seats = wider;
    sold->room = room;
  }
  sold->seats[sold->n] = bo_arena_strndup(sold->arena, seat, length);
  return sold->seats[sold->n++] != NULL;
}

static bool take_sold_batch(const bson_t *reply, const char *name, struct sold *sold, int64_t *cursor_id,
                            struct bo_problem *problem) {
  bson_iter_t batch, seat;
  if (!mongo_batch(reply, name, &batch, cursor_id)) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
  }
  while (bson_iter_next(&batch)) {
    bool string = BSON_ITER_HOLDS_DOCUMENT(&batch) && bson_iter_recurse(&batch, &seat) &&
                  bson_iter_find(&seat, "seatNumber") && BSON_ITER_HOLDS_UTF8(&seat);
    uint32_t length = 0;
    const char *text = string ? bson_iter_utf8(&seat, &length) : NULL;
    if (text == NULL || strlen(text) != length) {
      sold->odd++;
    } else if (!sold_add(sold, text, length)) {
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the sold seats");
    }
  }
  return true;
}

/* All batches come from the snapshot that the first one took, whatever was sold since. More than one is rare: a full
 * house of BO_SHOW_SEATS_MAX is some 7 MB. (The driver gives one session after the other to the same commands, so a
 * getMore comes from the session of its find, as the server wants it.) */
static bool read_sold(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                      struct sold *sold, struct bo_problem *problem) {
  int64_t cursor_id = 0;
  bool first = true, ok;
  do {
    bson_t body = BSON_INITIALIZER;
    struct mongo_reply reply;
    struct mongo_command command = {
        .body = &body, .no_max_time = !first, .read_concern = first ? "snapshot" : NULL};
    ok = first ? append_sold_query(&body, show_id) : append_more_query(&body, cursor_id);
    ok = mongo_read(mongo, &command, deadline, &reply, problem) && ok &&
         take_sold_batch(&reply.doc, first ? "firstBatch" : "nextBatch", sold, &cursor_id, problem);
    mongo_reply_free(&reply);
    bson_destroy(&body);
    first = false;
  } while (ok && cursor_id != 0);
  return ok;
}

bool bo_bookings_sold(struct bo_mongo *mongo, const char *show_id, const struct bo_deadline *deadline,
                      struct bo_arena *arena, const char ***seats, size_t *n_seats, struct bo_problem *problem) {
  struct sold sold = {.arena = arena};
  if (!mongo_begin(mongo, deadline, problem) || !read_sold(mongo, show_id, deadline, &sold, problem)) {
    return false;
  }
  if (sold.odd > 0) {
    bo_log(BO_LOG_WARNING, "show %s: %zu bookings whose seatNumber is no string were passed over", show_id, sold.odd);
  }
  *seats = sold.seats;
  *n_seats = sold.n;
  return true;
}

bool bookings_find_query(bson_t *body, const char *show_id, const char *const *seats, size_t n_seats) {
  bson_t filter, seat, list;
  bool ok = BSON_APPEND_UTF8(body, "find", "bookings") && BSON_APPEND_DOCUMENT_BEGIN(body, "filter", &filter) &&
            mongo_append_oid(&filter, "showId", show_id) && BSON_APPEND_DOCUMENT_BEGIN(&filter, "seatNumber", &seat) &&
            mongo_array_begin(&seat, "$in", &list);
  for (size_t i = 0; ok && i < n_seats; i++) {
    char room[16];
    const char *key;
    (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
    ok = BSON_APPEND_UTF8(&list, key, seats[i]);
  }
  return ok && bson_append_array_end(&seat, &list) && bson_append_document_end(&filter, &seat) &&
         bson_append_document_end(body, &filter) && BSON_APPEND_INT32(body, "batchSize", BO_PROBLEM_ITEMS_MAX + 1);
}

const char *bookings_text(const bson_iter_t *doc, const char *field, struct bo_arena *arena) {
  bson_iter_t iter = *doc;
  uint32_t length = 0;
  if (!bson_iter_find(&iter, field) || !BSON_ITER_HOLDS_UTF8(&iter)) {
    return "";
  }
  const char *text = bson_iter_utf8(&iter, &length);
  return strlen(text) == length ? bo_arena_strndup(arena, text, length) : "";
}

const char *bookings_id(const bson_iter_t *doc, struct bo_arena *arena) {
  bson_iter_t iter = *doc;
  char hex[BO_BOOKING_ID_SIZE];
  if (!bson_iter_find(&iter, "bookingId") || !BSON_ITER_HOLDS_OID(&iter)) {
    return bookings_text(doc, "bookingId", arena);
  }
  bson_oid_to_string(bson_iter_oid(&iter), hex);
  return bo_arena_strdup(arena, hex);
}

static bool take_bookings(const bson_t *reply, struct bo_arena *arena, struct bo_booking *out, size_t room, size_t *n,
                          struct bo_problem *problem) {
  bson_iter_t batch, doc;
  int64_t cursor_id;
  if (!mongo_batch(reply, "firstBatch", &batch, &cursor_id) || cursor_id != 0) {
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
  }
  for (*n = 0; *n < room && bson_iter_next(&batch); (*n)++) {
    if (!BSON_ITER_HOLDS_DOCUMENT(&batch) || !bson_iter_recurse(&batch, &doc)) {
      return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
    }
    out[*n] = (struct bo_booking){.seat = bookings_text(&doc, "seatNumber", arena),
                                  .user = bookings_text(&doc, "userId", arena), /* "": somebody else, for sure */
                                  .booking_id = bookings_id(&doc, arena)};
    if (out[*n].seat == NULL || out[*n].user == NULL || out[*n].booking_id == NULL) {
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the bookings");
    }
  }
  return true;
}

bool bo_bookings_find(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_booking **bookings,
                      size_t *n_bookings, struct bo_problem *problem) {
  assert(n_seats <= BO_PROBLEM_ITEMS_MAX);
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  struct mongo_command command = {.body = &body, .read_concern = "majority"};
  bool ok = bookings_find_query(&body, show_id, seats, n_seats);
  *bookings = bo_arena_array(arena, n_seats + 1, sizeof **bookings); /* the index allows one a seat */
  if (!mongo_read(mongo, &command, deadline, &reply, problem)) {
    ok = false;
  } else if (!ok || *bookings == NULL) {
    ok = bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the bookings");
  } else {
    ok = take_bookings(&reply.doc, arena, *bookings, n_seats, n_bookings, problem);
  }
  mongo_reply_free(&reply);
  bson_destroy(&body);
  return ok;
}

/* What a server says of a hint that no index fits: BadValue, NoQueryExecutionPlans. */
enum { CODE_BAD_VALUE = 2, CODE_NO_PLAN = 291 };

bool bookings_read(struct bo_mongo *mongo, const bson_t *body, const char *index, const struct bo_deadline *deadline,
                   struct mongo_reply *reply, struct bo_problem *problem) {
  const struct mongo_command command = {.body = body, .read_concern = "majority"};
  if (mongo_read(mongo, &command, deadline, reply, problem)) {
    return true;
  }
  if (reply->outcome == MONGO_REFUSED && (reply->code == CODE_BAD_VALUE || reply->code == CODE_NO_PLAN)) {
    (void)bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s lacks the index %s: run `boxoffice-seed init`",
                         mongo_database(mongo), index);
  }
  return false;
}

bool bo_bookings_owned(struct bo_mongo *mongo, const char *show_id, const char *user, long most,
                       const struct bo_deadline *deadline, struct bo_arena *arena, const char ***seats, size_t *n_seats,
                       struct bo_problem *problem) {
  struct sold sold = {.arena = arena};
  struct mongo_reply reply;
  bson_oid_t show;
  int64_t cursor_id;
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  bson_oid_init_from_string(&show, show_id);
  bson_t *body = BCON_NEW("find", BCON_UTF8("bookings"), "filter", "{", "userId", BCON_UTF8(user), "showId",
                          BCON_OID(&show), "}", "projection", "{", "seatNumber", BCON_INT32(1), "}", "hint", "{",
                          "userId", BCON_INT32(1), "showId", BCON_INT32(1), "}", "limit", BCON_INT64(most),
                          "singleBatch", BCON_BOOL(true));
  bool ok = bookings_read(mongo, body, "{userId: 1, showId: 1} on bookings", deadline, &reply, problem) &&
            take_sold_batch(&reply.doc, "firstBatch", &sold, &cursor_id, problem);
  mongo_reply_free(&reply);
  bson_destroy(body);
  *seats = sold.seats;
  *n_seats = sold.n;
  return ok;
}

/* -- insert ------------------------------------------------------------------------------------------ */

/* Each _id is made here: sent again it is E11000. */
static bool append_booking(bson_t *list, size_t index, const char *show_id, const char *user, const char *booking_id,
                           const char *seat, int64_t now_ms) {
  char room[16];
  const char *key;
  bson_t doc;
  bson_oid_t id;
  (void)bson_uint32_to_string((uint32_t)index, &key, room, sizeof room);
  bson_oid_init(&id, NULL);
  return bson_append_document_begin(list, key, -1, &doc) && BSON_APPEND_OID(&doc, "_id", &id) &&
         mongo_append_oid(&doc, "showId", show_id) && BSON_APPEND_UTF8(&doc, "seatNumber", seat) &&
         BSON_APPEND_UTF8(&doc, "userId", user) && BSON_APPEND_UTF8(&doc, "bookingId", booking_id) &&
         BSON_APPEND_DATE_TIME(&doc, "createdAt", now_ms) && BSON_APPEND_DATE_TIME(&doc, "updatedAt", now_ms) &&
         bson_append_document_end(list, &doc);
}

static bool append_insert(bson_t *body, const char *show_id, const char *user, const char *booking_id,
                          const char *const *seats, size_t n_seats) {
  bson_t list;
  int64_t now_ms = bo_clock_wall_ms();
  bool ok = BSON_APPEND_UTF8(body, "insert", "bookings") && mongo_array_begin(body, "documents", &list);
  for (size_t i = 0; ok && i < n_seats; i++) {
    ok = append_booking(&list, i, show_id, user, booking_id, seats[i], now_ms);
  }
  return ok && bson_append_array_end(body, &list) && BSON_APPEND_BOOL(body, "ordered", true);
}

enum bo_insert_outcome bo_bookings_insert(struct bo_mongo *mongo, const char *show_id, const char *user,
                                          const char *booking_id, const char *const *seats, size_t n_seats,
                                          const struct bo_deadline *deadline, struct bo_problem *problem) {
  assert(n_seats > 0 && n_seats <= BO_PROBLEM_ITEMS_MAX);
  if (!mongo_begin(mongo, deadline, problem)) {
    return BO_INSERT_REFUSED;
  }
  struct mongo_statement statement = {.n = 0};
  const struct mongo_write write = {.mongo = mongo, .statements = &statement, .n_statements = 1,
                                    .transaction = n_seats > 1, .what = "the booking was stored"};
  bson_init(&statement.body);
  bool ok = append_insert(&statement.body, show_id, user, booking_id, seats, n_seats);
  assert(ok); /* at most BO_PROBLEM_ITEMS_MAX small documents */
  enum mongo_write_outcome outcome = mongo_write(&write, deadline, problem);
  bson_destroy(&statement.body);
  switch (outcome) {
  case MONGO_WRITE_DONE:
    return BO_INSERT_DONE;
  case MONGO_WRITE_DUPLICATE:
    return BO_INSERT_DUPLICATE;
  case MONGO_WRITE_UNKNOWN:
    return BO_INSERT_UNKNOWN;
  case MONGO_WRITE_MISSED: /* no statement of ours counts */
  case MONGO_WRITE_REFUSED:
    break;
  }
  return BO_INSERT_REFUSED;
}
