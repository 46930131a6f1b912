#include "store/blocking.h"

#include <assert.h>

#include "store/mongo_private.h"

static bool append_labels(bson_t *parent, const char *key, const char *const *seats, size_t n_seats) {
  bson_t list;
  bool ok = mongo_array_begin(parent, key, &list);
  for (size_t i = 0; ok && i < n_seats; i++) {
    char room[16];
    const char *index;
    (void)bson_uint32_to_string((uint32_t)i, &index, room, sizeof room);
    ok = BSON_APPEND_UTF8(&list, index, seats[i]);
  }
  return ok && bson_append_array_end(parent, &list);
}

/* {$addToSet: {blocked: {$each: seats}}} or {$pull: {blocked: {$in: seats}}}, and the time of the change. */
static bool append_change(bson_t *change, const char *const *seats, size_t n_seats, bool blocked, bool laid_out) {
  bson_t how, which, set;
  return BSON_APPEND_DOCUMENT_BEGIN(change, blocked ? "$addToSet" : "$pull", &how) &&
         BSON_APPEND_DOCUMENT_BEGIN(&how, "blocked", &which) &&
         append_labels(&which, blocked ? "$each" : "$in", seats, n_seats) && bson_append_document_end(&how, &which) &&
         bson_append_document_end(change, &how) && BSON_APPEND_DOCUMENT_BEGIN(change, "$set", &set) &&
         BSON_APPEND_DATE_TIME(&set, "updatedAt", bo_clock_wall_ms()) &&
         (blocked || !laid_out || BSON_APPEND_BOOL(&set, "layout.sections.$[].rows.$[].seats.$[seat].blocked", false)) &&
         bson_append_document_end(change, &set);
}

/* arrayFilters: [{seat.label: {$in: seats}, seat.blocked: true}] */
static bool append_filter(bson_t *update, const char *const *seats, size_t n_seats) {
  bson_t filters, filter, label;
  return mongo_array_begin(update, "arrayFilters", &filters) && BSON_APPEND_DOCUMENT_BEGIN(&filters, "0", &filter) &&
         BSON_APPEND_DOCUMENT_BEGIN(&filter, "seat.label", &label) && append_labels(&label, "$in", seats, n_seats) &&
         bson_append_document_end(&filter, &label) && BSON_APPEND_BOOL(&filter, "seat.blocked", true) &&
         bson_append_document_end(&filters, &filter) && bson_append_array_end(update, &filters);
}

/* A show may have `blocked: null`, which neither operator takes for a list. */
static bool append_repair(bson_t *body, const char *show_id) {
  bson_oid_t id;
  bson_oid_init_from_string(&id, show_id);
  bson_t *update = BCON_NEW("update", BCON_UTF8("shows"), "updates", "[", "{", "q", "{", "_id", BCON_OID(&id), "blocked", "{",
                            "$type", BCON_UTF8("null"), "}", "}", "u", "{", "$set", "{", "blocked", "[", "]", "}", "}", "}",
                            "]");
  bool ok = bson_concat(body, update);
  bson_destroy(update);
  return ok;
}

static bool append_update(bson_t *body, const char *show_id, const char *const *seats, size_t n_seats, bool blocked,
                          bool laid_out) {
  bson_t updates, update, child;
  return BSON_APPEND_UTF8(body, "update", "shows") && mongo_array_begin(body, "updates", &updates) &&
         BSON_APPEND_DOCUMENT_BEGIN(&updates, "0", &update) && BSON_APPEND_DOCUMENT_BEGIN(&update, "q", &child) &&
         mongo_append_oid(&child, "_id", show_id) && bson_append_document_end(&update, &child) &&
         BSON_APPEND_DOCUMENT_BEGIN(&update, "u", &child) && append_change(&child, seats, n_seats, blocked, laid_out) &&
         bson_append_document_end(&update, &child) && (blocked || !laid_out || append_filter(&update, seats, n_seats)) &&
         bson_append_document_end(&updates, &update) && bson_append_array_end(body, &updates);
}

bool bo_blocking_set(struct bo_mongo *mongo, const char *show_id, const char *const *seats, size_t n_seats, bool blocked,
                     bool laid_out, const struct bo_deadline *deadline, struct bo_problem *problem) {
  if (!mongo_begin(mongo, deadline, problem)) {
    return false;
  }
  struct mongo_statement statements[] = {{.n = 0}, {.n = 1}};
  const struct mongo_write write = {.mongo = mongo, .statements = statements, .n_statements = 2, .transaction = true,
                                    .what = "the show was changed"};
  bson_init(&statements[0].body);
  bson_init(&statements[1].body);
  bool ok = append_repair(&statements[0].body, show_id) &&
            append_update(&statements[1].body, show_id, seats, n_seats, blocked, laid_out);
  assert(ok); /* labels of a show that MongoDB holds */
  enum mongo_write_outcome outcome = mongo_write(&write, deadline, problem);
  bson_destroy(&statements[0].body);
  bson_destroy(&statements[1].body);
  if (outcome == MONGO_WRITE_MISSED) {
    return bo_problem_set(problem, BO_PROBLEM_SHOW_NOT_FOUND, "there is no show with this id");
  }
  if (outcome == MONGO_WRITE_DUPLICATE) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "an index on shows refuses the change");
  }
  return outcome == MONGO_WRITE_DONE;
}
