#include "store/shows.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/mongo_private.h"

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
    return bo_problem_set(problem, BO_PROBLEM_MONGO_UNAVAILABLE, "MongoDB gave a strange answer to find");
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

/* Reasons begin with the path of the field in hand, which boxoffice-seed turns into a line of its file. */
struct parse {
  struct bo_arena *arena;
  struct bo_problem *problem;
  const char **labels;
  size_t n, room;
  size_t section, row, seat; /* where in the layout we are */
  bool plain;                /* a list of labels, without sections and rows */
};

static bool bad_show(struct bo_problem *problem, const char *path, const char *reason) {
  return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "%s: %s", path, reason);
}

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the show");
}

static bool label_ok(const char *label, size_t length) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-";
  return length >= 1 && length <= BO_SEAT_LABEL_MAX && strlen(label) == length && strspn(label, allowed) == length;
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

static bool parse_start(const bson_t *doc, struct bo_show_record *out, struct bo_problem *problem) {
  bson_iter_t iter;
  out->start_ms = 0;
  if (!bson_iter_init_find(&iter, doc, "startTime") || BSON_ITER_HOLDS_NULL(&iter)) {
    return true;
  }
  if (!BSON_ITER_HOLDS_DATE_TIME(&iter)) {
    return bad_show(problem, "startTime", "must be a date");
  }
  out->start_ms = bson_iter_date_time(&iter);
  return true;
}

static bool whole_number(const bson_iter_t *iter, double *out) {
  if (!BSON_ITER_HOLDS_INT32(iter) && !BSON_ITER_HOLDS_INT64(iter) && !BSON_ITER_HOLDS_DOUBLE(iter)) {
    return false;
  }
  *out = BSON_ITER_HOLDS_DOUBLE(iter) ? bson_iter_double(iter) : (double)bson_iter_as_int64(iter);
  return isfinite(*out) && floor(*out) >= *out;
}

/* S1 to S<total>: one block of text, one array. */
static bool number_seats(size_t total, struct bo_arena *arena, struct bo_show_record *out,
                         struct bo_problem *problem) {
  enum { LABEL_SIZE = 12 };
  const char **labels = bo_arena_array(arena, total, sizeof *labels);
  char *text = bo_arena_array(arena, total, LABEL_SIZE);
  if (labels == NULL || text == NULL) {
    return no_memory(problem);
  }
  for (size_t i = 0; i < total; i++, text += LABEL_SIZE) {
    (void)snprintf(text, LABEL_SIZE, "S%u", (unsigned)i + 1);
    labels[i] = text;
  }
  out->labels = labels;
  out->n_seats = total;
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
  return number_seats((size_t)total, arena, out, problem);
}

static bool bad_seat(struct parse *parse, const char *field, const char *reason) {
  if (parse->plain) {
    return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout[%zu]: %s", parse->seat, reason);
  }
  return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.sections[%zu].rows[%zu].seats[%zu]%s: %s",
                        parse->section, parse->row, parse->seat, field, reason);
}

/* `iter` is on what should be the label. */
static bool add_label(struct parse *parse, const bson_iter_t *iter) {
  uint32_t length = 0;
  const char *label = BSON_ITER_HOLDS_UTF8(iter) ? bson_iter_utf8(iter, &length) : "";
  if (!label_ok(label, length)) {
    return bad_seat(parse, ".label", "must be 1 to 32 of letters, digits, space, . _ -");
  }
  if (parse->n == BO_SHOW_SEATS_MAX) {
    return bad_seat(parse, "", "is one seat too many (100000 are the most)");
  }
  if (parse->n == parse->room) {
    size_t room = parse->room * 2 + 128;
    const char **wider = bo_arena_array(parse->arena, room, sizeof *wider);
    if (wider == NULL) {
      return no_memory(parse->problem);
    }
    if (parse->n > 0) {
      memcpy(wider, parse->labels, parse->n * sizeof *wider);
    }
    parse->labels = wider;
    parse->room = room;
  }
  parse->labels[parse->n] = bo_arena_strndup(parse->arena, label, length);
  return parse->labels[parse->n++] != NULL || no_memory(parse->problem);
}

static bool parse_seat(struct parse *parse, const bson_iter_t *seat) {
  bson_iter_t label;
  if (!BSON_ITER_HOLDS_DOCUMENT(seat) || !bson_iter_recurse(seat, &label) || !bson_iter_find(&label, "label")) {
    return bad_seat(parse, "", "must be an object with a label");
  }
  return add_label(parse, &label);
}

/* The array `field` of an object: *items is before its first element. */
static bool list_of(const bson_iter_t *object, const char *field, bson_iter_t *items) {
  bson_iter_t iter;
  return BSON_ITER_HOLDS_DOCUMENT(object) && bson_iter_recurse(object, &iter) && bson_iter_find(&iter, field) &&
         BSON_ITER_HOLDS_ARRAY(&iter) && bson_iter_recurse(&iter, items);
}

static bool parse_row(struct parse *parse, const bson_iter_t *row) {
  bson_iter_t seats;
  if (!list_of(row, "seats", &seats)) {
    return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL,
                          "layout.sections[%zu].rows[%zu]: must be an object with a list of seats", parse->section,
                          parse->row);
  }
  for (parse->seat = 0; bson_iter_next(&seats); parse->seat++) {
    if (!parse_seat(parse, &seats)) {
      return false;
    }
  }
  return true;
}

static bool parse_section(struct parse *parse, const bson_iter_t *section) {
  bson_iter_t rows;
  if (!list_of(section, "rows", &rows)) {
    return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL,
                          "layout.sections[%zu]: must be an object with a list of rows", parse->section);
  }
  for (parse->row = 0; bson_iter_next(&rows); parse->row++) {
    if (!parse_row(parse, &rows)) {
      return false;
    }
  }
  return true;
}

static int compare_labels(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool all_different(struct parse *parse) {
  const char **sorted = bo_arena_array(parse->arena, parse->n, sizeof *sorted);
  if (sorted == NULL) {
    return no_memory(parse->problem);
  }
  memcpy(sorted, parse->labels, parse->n * sizeof *sorted);
  qsort(sorted, parse->n, sizeof *sorted, compare_labels);
  for (size_t i = 1; i < parse->n; i++) {
    if (strcmp(sorted[i - 1], sorted[i]) == 0) {
      return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout: the label \"%s\" is there twice", sorted[i]);
    }
  }
  return true;
}

static bool parse_sections(struct parse *parse, const bson_iter_t *layout) {
  bson_iter_t sections;
  if (!list_of(layout, "sections", &sections)) {
    return bad_show(parse->problem, "layout", "must be an object with a list of sections");
  }
  for (parse->section = 0; bson_iter_next(&sections); parse->section++) {
    if (!parse_section(parse, &sections)) {
      return false;
    }
  }
  return true;
}

/* The plain form: a list of labels, for a house whose shape does not matter. */
static bool parse_plain(struct parse *parse, const bson_iter_t *layout) {
  bson_iter_t labels;
  parse->plain = true;
  bool ok = bson_iter_recurse(layout, &labels);
  for (parse->seat = 0; ok && bson_iter_next(&labels); parse->seat++) {
    ok = add_label(parse, &labels);
  }
  return ok;
}

static bool parse_layout(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                         struct bo_problem *problem) {
  struct parse parse = {.arena = arena, .problem = problem};
  bool ok = BSON_ITER_HOLDS_ARRAY(layout) ? parse_plain(&parse, layout) : parse_sections(&parse, layout);
  if (!ok) {
    return false;
  }
  if (parse.n == 0) {
    return bad_show(problem, "layout", "has no seats");
  }
  out->labels = parse.labels;
  out->n_seats = parse.n;
  return all_different(&parse);
}

bool bo_show_parse(const struct bo_show_bytes *bytes, struct bo_arena *arena, struct bo_show_record *out,
                   struct bo_problem *problem) {
  bson_t doc;
  bson_iter_t layout;
  *out = (struct bo_show_record){0};
  /* The bytes may come from Redis: look at every length in them before reading. */
  if (!bson_init_static(&doc, bytes->data, bytes->length) || !bson_validate(&doc, BSON_VALIDATE_NONE, NULL)) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "the show's document is not BSON");
  }
  if (!parse_id(&doc, out, problem) || !parse_title(&doc, arena, out, problem) || !parse_start(&doc, out, problem)) {
    return false;
  }
  if (bson_iter_init_find(&layout, &doc, "layout") && !BSON_ITER_HOLDS_NULL(&layout)) {
    return parse_layout(&layout, arena, out, problem); /* it decides, whatever totalSeats says */
  }
  return parse_total(&doc, arena, out, problem);
}
