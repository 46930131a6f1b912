#include "store/bookings.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "store/mongo_private.h"
#include "util/bounds.h"
#include "util/log.h"

enum { CONFLICT_PAUSE_MIN_MS = 5, CONFLICT_PAUSE_MAX_MS = 50, RECONNECT_PAUSE_MS = 50, ABORT_MS = 500, ABORT_NEED_MS = 100, LOSSES_MAX = 4 };

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

static bool append_find_query(bson_t *body, const char *show_id, const char *const *seats, size_t n_seats) {
  bson_t filter, seat, list;
  bool ok = BSON_APPEND_UTF8(body, "find", "bookings") && BSON_APPEND_DOCUMENT_BEGIN(body, "filter", &filter) &&
            mongo_append_oid(&filter, "showId", show_id) && BSON_APPEND_DOCUMENT_BEGIN(&filter, "seatNumber", &seat) &&
            BSON_APPEND_ARRAY_BEGIN(&seat, "$in", &list);
  for (size_t i = 0; ok && i < n_seats; i++) {
    char room[16];
    const char *key;
    (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
    ok = BSON_APPEND_UTF8(&list, key, seats[i]);
  }
  return ok && bson_append_array_end(&seat, &list) && bson_append_document_end(&filter, &seat) &&
         bson_append_document_end(body, &filter) && BSON_APPEND_INT32(body, "batchSize", BO_PROBLEM_ITEMS_MAX + 1);
}

/* A string of the document; "" where it has none, or one with NUL inside (nobody of ours is called so). */
static const char *string_field(const bson_iter_t *doc, const char *field, struct bo_arena *arena) {
  bson_iter_t iter = *doc;
  uint32_t length = 0;
  if (!bson_iter_find(&iter, field) || !BSON_ITER_HOLDS_UTF8(&iter)) {
    return "";
  }
  const char *text = bson_iter_utf8(&iter, &length);
  return strlen(text) == length ? bo_arena_strndup(arena, text, length) : "";
}

/* We write strings; another program may have written an ObjectId. */
static const char *booking_id_field(const bson_iter_t *doc, struct bo_arena *arena) {
  bson_iter_t iter = *doc;
  char hex[BO_BOOKING_ID_SIZE];
  if (!bson_iter_find(&iter, "bookingId") || !BSON_ITER_HOLDS_OID(&iter)) {
    return string_field(doc, "bookingId", arena);
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
    out[*n] = (struct bo_booking){.seat = string_field(&doc, "seatNumber", arena),
                                  .user = string_field(&doc, "userId", arena), /* "": somebody else, for sure */
                                  .booking_id = booking_id_field(&doc, arena)};
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
  bool ok = append_find_query(&body, show_id, seats, n_seats);
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

/* -- insert ------------------------------------------------------------------------------------------ */

/* What an insert knows over its attempts. The documents are made once and sent again as they are, _id included: so a
 * second arrival of the same booking is always E11000, never a second document. */
struct insert {
  struct bo_mongo *mongo;
  const struct bo_deadline *deadline;
  bson_t body;
  bool unknown; /* an attempt may have been stored, or may yet be */
  struct mongo_session session;
  int losses; /* connections lost in a row within the session */
};

/* How an attempt went on. */
enum verdict { VERDICT_DONE, VERDICT_DUPLICATE, VERDICT_REFUSED, VERDICT_AGAIN };

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
  bool ok = BSON_APPEND_UTF8(body, "insert", "bookings") && BSON_APPEND_ARRAY_BEGIN(body, "documents", &list);
  for (size_t i = 0; ok && i < n_seats; i++) {
    ok = append_booking(&list, i, show_id, user, booking_id, seats[i], now_ms);
  }
  return ok && bson_append_array_end(body, &list) && BSON_APPEND_BOOL(body, "ordered", true);
}

/* One seat: the insert is the whole story. */
static enum verdict insert_single(struct insert *insert, struct mongo_reply *reply) {
  mongo_run(insert->mongo, &(struct mongo_command){.body = &insert->body, .majority = true}, insert->deadline, reply);
  switch (reply->outcome) {
  case MONGO_OK:
    return VERDICT_DONE;
  case MONGO_DUPLICATE:
    return VERDICT_DUPLICATE;
  case MONGO_NETWORK:
    mongo_discard(insert->mongo); /* a new connection: the driver would leave this server alone for 5 s */
    insert->unknown = true;
    return VERDICT_AGAIN;
  case MONGO_ELECTION: /* may have been stored and be on its way, or be rolled back */
  case MONGO_UNACKED:  /* stored: sent again it answers E11000, and a majority read tells */
    insert->unknown = true;
    return VERDICT_AGAIN;
  case MONGO_NO_SERVER:
    mongo_discard(insert->mongo);
    return insert->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  case MONGO_LATE:
  case MONGO_TIMED_OUT: /* code 50: given up while it waited for a rival; it will not land later */
  case MONGO_CONFLICT:
  case MONGO_REFUSED:
    break;
  }
  return VERDICT_REFUSED;
}

/* A transaction's insert before its commit: whatever went wrong, nothing can be stored of it. */
static enum verdict txn_insert(struct insert *insert, struct mongo_reply *reply) {
  mongo_session_next_txn(insert->mongo, &insert->session);
  mongo_run(insert->mongo, &(struct mongo_command){.body = &insert->body, .session = &insert->session},
            insert->deadline, reply);
  switch (reply->outcome) {
  case MONGO_OK:
    return VERDICT_DONE;
  case MONGO_DUPLICATE:
    return VERDICT_DUPLICATE;
  case MONGO_CONFLICT:
  case MONGO_NETWORK:
  case MONGO_ELECTION:
  case MONGO_UNACKED:
    return VERDICT_AGAIN;
  case MONGO_NO_SERVER:
    return insert->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  case MONGO_LATE:
  case MONGO_TIMED_OUT:
  case MONGO_REFUSED:
    break;
  }
  return VERDICT_REFUSED;
}

/* Counts lost connections. At first the server is asked again in the same session: there an open transaction can be
 * committed, which would otherwise keep its seats from everybody until the server's reaper comes. After several it is
 * gone: only a new client, with a new session, finds out where the primary is now. */
static bool session_lost(struct insert *insert, const struct mongo_reply *reply) {
  insert->losses = reply->outcome == MONGO_NETWORK ? insert->losses + 1 : 0;
  return insert->losses >= LOSSES_MAX || reply->outcome == MONGO_NO_SERVER;
}

static bool commit_unknown(const struct mongo_reply *reply) {
  return reply->outcome == MONGO_NETWORK || reply->outcome == MONGO_ELECTION || reply->outcome == MONGO_UNACKED ||
         reply->outcome == MONGO_TIMED_OUT;
}

static enum verdict judge_commit(struct insert *insert, const struct mongo_reply *reply) {
  switch (reply->outcome) {
  case MONGO_OK:
    return VERDICT_DONE;
  case MONGO_CONFLICT: /* aborted, or unknown to a new primary: nothing was stored, begin again */
  case MONGO_NETWORK:  /* the session is lost */
  case MONGO_NO_SERVER:
    return VERDICT_AGAIN;
  case MONGO_REFUSED: /* a no that we do not know: take nothing for granted */
    insert->unknown = true;
    break;
  default:
    break;
  }
  return VERDICT_REFUSED;
}

/* The commit, again and again in the same session (the server knows it by its number and does it once) until its
 * outcome is definite. VERDICT_AGAIN: begin again from the insert. */
static enum verdict txn_commit(struct insert *insert, struct mongo_reply *reply) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_command command = {.db = "admin", .body = &body, .majority = true, .session = &insert->session};
  bool again = BSON_APPEND_INT32(&body, "commitTransaction", 1);
  assert(again);
  while (again) {
    mongo_reply_free(reply);
    mongo_run(insert->mongo, &command, insert->deadline, reply);
    insert->unknown = insert->unknown || commit_unknown(reply);
    again = commit_unknown(reply) && !session_lost(insert, reply);
    if (again) {
      mongo_pause(RECONNECT_PAUSE_MS, insert->deadline);
    }
  }
  bson_destroy(&body);
  return judge_commit(insert, reply);
}

/* So that the seats are free for others at once, and not when the server's reaper comes by. */
static void txn_abort(struct insert *insert) {
  bson_t body = BSON_INITIALIZER;
  struct mongo_reply reply;
  struct bo_deadline deadline = bo_deadline_in(bo_deadline_cap_ms(insert->deadline, ABORT_MS));
  if (insert->session.started && BSON_APPEND_INT32(&body, "abortTransaction", 1)) {
    mongo_run(insert->mongo, &(struct mongo_command){.db = "admin", .body = &body, .session = &insert->session},
              &deadline, &reply);
    mongo_reply_free(&reply);
  }
  bson_destroy(&body);
}

/* Several seats. One session over all attempts for as long as its client lives. */
static enum verdict insert_batch(struct insert *insert, struct mongo_reply *reply) {
  if (insert->session.handle == NULL && !mongo_session_open(insert->mongo, &insert->session)) {
    *reply = (struct mongo_reply){.outcome = MONGO_NO_SERVER, .text = "no session with MongoDB to be had"};
    bson_init(&reply->doc);
    return insert->unknown ? VERDICT_AGAIN : VERDICT_REFUSED;
  }
  enum verdict verdict = txn_insert(insert, reply);
  bool lost = session_lost(insert, reply);
  if (verdict == VERDICT_DONE) {
    verdict = txn_commit(insert, reply);
    lost = insert->losses >= LOSSES_MAX || reply->outcome == MONGO_NO_SERVER;
  }
  if (lost) {
    mongo_session_close(&insert->session);
    mongo_discard(insert->mongo);
    insert->losses = 0;
  }
  return verdict;
}

static void pause_before_again(const struct insert *insert, const struct mongo_reply *reply) {
  int64_t span = CONFLICT_PAUSE_MAX_MS - CONFLICT_PAUSE_MIN_MS;
  int64_t jitter = (bo_clock_steady_us() + getpid()) % span; /* rivals are other processes */
  mongo_pause(reply->outcome == MONGO_CONFLICT ? CONFLICT_PAUSE_MIN_MS + jitter : RECONNECT_PAUSE_MS, insert->deadline);
}

static enum bo_insert_outcome conclude(struct insert *insert, enum verdict verdict, const struct mongo_reply *reply,
                                       struct bo_problem *problem) {
  if (verdict == VERDICT_DONE) {
    return BO_INSERT_DONE;
  }
  if (verdict == VERDICT_DUPLICATE) {
    return BO_INSERT_DUPLICATE;
  }
  if (reply->outcome == MONGO_TIMED_OUT) { /* it waited for a rival: no reason to call the store slow */
    (void)bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "another transaction has these seats in hand");
  } else {
    (void)mongo_fail(insert->mongo, reply, problem);
  }
  if (!insert->unknown) {
    return BO_INSERT_REFUSED;
  }
  (void)bo_problem_set(problem, BO_PROBLEM_OUTCOME_UNKNOWN, "MongoDB has not said whether the booking was stored");
  return BO_INSERT_UNKNOWN;
}

enum bo_insert_outcome bo_bookings_insert(struct bo_mongo *mongo, const char *show_id, const char *user,
                                          const char *booking_id, const char *const *seats, size_t n_seats,
                                          const struct bo_deadline *deadline, struct bo_problem *problem) {
  assert(n_seats > 0 && n_seats <= BO_PROBLEM_ITEMS_MAX);
  if (!mongo_begin(mongo, deadline, problem)) {
    return BO_INSERT_REFUSED;
  }
  struct insert insert = {.mongo = mongo, .deadline = deadline};
  struct mongo_reply reply;
  enum verdict verdict;
  bson_init(&insert.body);
  bool ok = append_insert(&insert.body, show_id, user, booking_id, seats, n_seats);
  assert(ok); /* at most BO_PROBLEM_ITEMS_MAX small documents */
  for (;;) {
    verdict = n_seats == 1 ? insert_single(&insert, &reply) : insert_batch(&insert, &reply);
    if (verdict != VERDICT_AGAIN || bo_deadline_left_ms(deadline) <= ABORT_NEED_MS) {
      break;
    }
    pause_before_again(&insert, &reply);
    mongo_reply_free(&reply);
  }
  if (verdict != VERDICT_DONE) {
    txn_abort(&insert);
  }
  mongo_session_close(&insert.session);
  enum bo_insert_outcome outcome = conclude(&insert, verdict, &reply, problem);
  mongo_reply_free(&reply);
  bson_destroy(&insert.body);
  return outcome;
}
