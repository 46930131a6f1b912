#include "store/cancellations.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/mongo_private.h"
#include "store/bookings_private.h"

/* -- reads ------------------------------------------------------------------------------------------- */

static int64_t time_of(const bson_iter_t *doc, const char *field) {
  bson_iter_t iter = *doc;
  return bson_iter_find(&iter, field) && BSON_ITER_HOLDS_DATE_TIME(&iter) ? bson_iter_date_time(&iter) : 0;
}

static bool is_readable(const bson_iter_t *element) {
  const uint8_t *data;
  uint32_t length;
  bson_iter_t doc;
  if (!BSON_ITER_HOLDS_DOCUMENT(element)) {
    return false;
  }
  bson_iter_document(element, &length, &data);
  return bson_iter_init_from_data(&doc, data, length);
}

/* Of a document that is readable. False: out of memory. */
static bool take_ticket(const bson_iter_t *element, struct bo_arena *arena, struct bo_ticket *out) {
  const uint8_t *data;
  uint32_t length;
  bson_iter_t doc, show;
  bson_iter_document(element, &length, &data);
  *out = (struct bo_ticket){.document = (const uint8_t *)bo_arena_strndup(arena, (const char *)data, length), .length = length};
  if (out->document == NULL) {
    return false;
  }
  bool readable = bson_iter_init_from_data(&doc, out->document, length);
  assert(readable);
  show = doc;
  if (bson_iter_find(&show, "showId") && BSON_ITER_HOLDS_OID(&show)) {
    bson_oid_to_string(bson_iter_oid(&show), out->show_id);
  }
  out->seat = bookings_text(&doc, "seatNumber", arena);
  out->user = bookings_text(&doc, "userId", arena);
  out->booking_id = bookings_id(&doc, arena);
  out->created_ms = time_of(&doc, "createdAt");
  out->cancelled_ms = time_of(&doc, "cancelledAt");
  out->cancellation_id = bookings_text(&doc, "cancellationId", arena);
  return out->seat != NULL && out->user != NULL && out->booking_id != NULL && out->cancellation_id != NULL;
}

/* The tickets read so far; `list` has room for all that the queries may bring. */
struct tickets {
  struct bo_arena *arena;
  struct bo_ticket *list;
  size_t n;
};

static bool take_tickets(const bson_t *reply, struct tickets *tickets, struct bo_problem *problem) {
  bson_iter_t batch;
  int64_t cursor_id;
  if (!mongo_batch(reply, "firstBatch", &batch, &cursor_id) || cursor_id != 0) {
    return mongo_strange_answer(problem);
  }
  for (size_t i = 0; i < BO_PROBLEM_ITEMS_MAX && bson_iter_next(&batch); i++) {
    if (!is_readable(&batch)) {
      return mongo_strange_answer(problem);
    }
    if (!take_ticket(&batch, tickets->arena, &tickets->list[tickets->n++])) {
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the bookings");
    }
  }
  return true;
}

static bool run_find(struct bo_mongo *mongo, const bson_t *body, const char *index, const struct bo_deadline *deadline,
                     struct tickets *tickets, struct bo_problem *problem) {
  struct mongo_reply reply;
  bool ok = bookings_read(mongo, body, index, deadline, &reply, problem) && take_tickets(&reply.doc, tickets, problem);
  mongo_reply_free(&reply);
  return ok;
}

/* {find, filter: {bookingId: {$in: ["hex", ObjectId(hex)]}, userId}, hint: {bookingId: 1}} */
static bool find_of_booking(struct bo_mongo *mongo, const char *collection, const char *booking_id, const char *user,
                            const struct bo_deadline *deadline, struct tickets *tickets, struct bo_problem *problem) {
  bson_oid_t oid;
  char index[64];
  bson_oid_init_from_string(&oid, booking_id);
  bson_t *filter = BCON_NEW("bookingId", "{", "$in", "[", BCON_UTF8(booking_id), BCON_OID(&oid), "]", "}");
  bool ok = user == NULL || BSON_APPEND_UTF8(filter, "userId", user);
  bson_t *body = BCON_NEW("find", BCON_UTF8(collection), "filter", BCON_DOCUMENT(filter), "hint", "{", "bookingId",
                          BCON_INT32(1), "}", "limit", BCON_INT32(BO_PROBLEM_ITEMS_MAX), "singleBatch", BCON_BOOL(true));
  (void)snprintf(index, sizeof index, "{bookingId: 1} on %s", collection);
  ok = run_find(mongo, body, index, deadline, tickets, problem) && ok;
  bson_destroy(filter);
  bson_destroy(body);
  return ok;
}

static bool make_room(struct bo_arena *arena, struct tickets *tickets, struct bo_problem *problem) {
  *tickets = (struct tickets){.arena = arena};
  tickets->list = bo_arena_array(arena, 2 * (size_t)BO_PROBLEM_ITEMS_MAX, sizeof *tickets->list);
  return tickets->list != NULL || bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the bookings");
}

/* A ticket that moved between the two reads is there twice: the second time is the truth. */
static void leave_out_moved(struct tickets *tickets, size_t n_booked) {
  size_t kept = 0;
  for (size_t i = 0; i < tickets->n; i++) {
    bool moved = false;
    for (size_t j = n_booked; i < n_booked && j < tickets->n; j++) {
      moved = moved || strcmp(tickets->list[i].seat, tickets->list[j].seat) == 0;
    }
    if (!moved) {
      tickets->list[kept++] = tickets->list[i];
    }
  }
  tickets->n = kept;
}

bool bo_tickets_of_booking(struct bo_mongo *mongo, const char *booking_id, const char *user,
                           const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_ticket **tickets,
                           size_t *n, struct bo_problem *problem) {
  struct tickets found;
  assert(bson_oid_is_valid(booking_id, strlen(booking_id)));
  if (!mongo_begin(mongo, deadline, problem) || !make_room(arena, &found, problem)) {
    return false;
  }
  /* In this order: a ticket never moves back, so none is missed. */
  if (!find_of_booking(mongo, "bookings", booking_id, user, deadline, &found, problem)) {
    return false;
  }
  size_t n_booked = found.n;
  if (!find_of_booking(mongo, "cancellations", booking_id, user, deadline, &found, problem)) {
    return false;
  }
  leave_out_moved(&found, n_booked);
  *tickets = found.list;
  *n = found.n;
  return true;
}

bool bo_tickets_of_seats(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats,
                         const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_ticket **tickets, size_t *n,
                         struct bo_problem *problem) {
  struct tickets found;
  assert(n_seats <= BO_PROBLEM_ITEMS_MAX);
  if (!mongo_begin(mongo, deadline, problem) || !make_room(arena, &found, problem)) {
    return false;
  }
  bson_t body = BSON_INITIALIZER;
  bool ok = bookings_find_query(&body, show_id, seats, n_seats);
  assert(ok);
  ok = run_find(mongo, &body, "{showId: 1, seatNumber: 1} on bookings", deadline, &found, problem);
  bson_destroy(&body);
  *tickets = found.list;
  *n = found.n;
  return ok;
}

/* -- the move ---------------------------------------------------------------------------------------- */

/* What is no BSON inside is not handed on: the driver looks at a reply's outermost length alone. */
static bool append_moved(bson_t *list, const char *key, const struct bo_ticket *ticket, const char *cancellation_id,
                         int64_t now_ms) {
  bson_t doc, moved;
  bool ok = bson_init_static(&doc, ticket->document, ticket->length) && bson_validate(&doc, BSON_VALIDATE_NONE, NULL) &&
            bson_append_document_begin(list, key, -1, &moved) && bson_concat(&moved, &doc) &&
            BSON_APPEND_UTF8(&moved, "cancellationId", cancellation_id) &&
            BSON_APPEND_DATE_TIME(&moved, "cancelledAt", now_ms);
  return ok && bson_append_document_end(list, &moved);
}

/* _id, showId, userId and bookingId as they were read: whatever else has that _id by now is left alone. */
static bool append_same(bson_t *list, const char *key, const struct bo_ticket *ticket) {
  static const char *const fields[] = {"_id", "showId", "userId", "bookingId"};
  bson_t doc, one, query;
  bson_iter_t iter;
  bool ok = bson_init_static(&doc, ticket->document, ticket->length) &&
            bson_append_document_begin(list, key, -1, &one) && BSON_APPEND_DOCUMENT_BEGIN(&one, "q", &query);
  for (size_t i = 0; ok && i < sizeof fields / sizeof *fields; i++) {
    ok = !bson_iter_init_find(&iter, &doc, fields[i]) || bson_append_iter(&query, fields[i], -1, &iter);
  }
  return ok && bson_append_document_end(&one, &query) && BSON_APPEND_INT32(&one, "limit", 1) &&
         bson_append_document_end(list, &one);
}

static bool append_move(bson_t *insert, bson_t *delete, const struct bo_ticket *const *tickets, size_t n,
                        const char *cancellation_id, int64_t now_ms) {
  bson_t documents, deletes;
  bool ok = BSON_APPEND_UTF8(insert, "insert", "cancellations") &&
            mongo_array_begin(insert, "documents", &documents) && BSON_APPEND_UTF8(delete, "delete", "bookings") &&
            mongo_array_begin(delete, "deletes", &deletes);
  for (size_t i = 0; ok && i < n; i++) {
    char room[16];
    const char *key;
    (void)bson_uint32_to_string((uint32_t)i, &key, room, sizeof room);
    ok = append_moved(&documents, key, tickets[i], cancellation_id, now_ms) && append_same(&deletes, key, tickets[i]);
  }
  return ok && bson_append_array_end(insert, &documents) && bson_append_array_end(delete, &deletes);
}

enum bo_cancel_outcome bo_tickets_cancel(struct bo_mongo *mongo, const struct bo_ticket *const *tickets, size_t n,
                                         const char *cancellation_id, int64_t now_ms, const struct bo_deadline *deadline,
                                         struct bo_problem *problem) {
  assert(n > 0 && n <= BO_PROBLEM_ITEMS_MAX);
  if (!mongo_begin(mongo, deadline, problem)) {
    return BO_CANCEL_REFUSED;
  }
  struct mongo_statement statements[2] = {{.n = (int64_t)n}, {.n = (int64_t)n}};
  const struct mongo_write write = {.mongo = mongo, .statements = statements, .n_statements = 2, .transaction = true,
                                    .what = "the booking was cancelled"};
  bson_init(&statements[0].body);
  bson_init(&statements[1].body);
  enum mongo_write_outcome outcome = MONGO_WRITE_REFUSED;
  if (append_move(&statements[0].body, &statements[1].body, tickets, n, cancellation_id, now_ms)) {
    outcome = mongo_write(&write, deadline, problem);
  } else {
    (void)bo_problem_set(problem, BO_PROBLEM_INTERNAL, "the bookings' documents cannot be moved"); /* another program's */
  }
  bson_destroy(&statements[0].body);
  bson_destroy(&statements[1].body);
  switch (outcome) {
  case MONGO_WRITE_DONE:
    return BO_CANCEL_DONE;
  case MONGO_WRITE_DUPLICATE:
  case MONGO_WRITE_MISSED:
    return BO_CANCEL_CHANGED;
  case MONGO_WRITE_UNKNOWN:
    return BO_CANCEL_UNKNOWN;
  case MONGO_WRITE_REFUSED:
    break;
  }
  return BO_CANCEL_REFUSED;
}
