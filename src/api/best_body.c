#include "api/best_body.h"

#include <string.h>

#include "api/fields.h"

/* Not there: `out` stays as it is. */
static bool read_text(json_object *root, const char *member, struct bo_text *out, struct bo_problem *problem) {
  json_object *value = NULL;

  return !json_object_object_get_ex(root, member, &value) || bo_text_of(value, out) ||
         bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s must be a string", member);
}

static bool read_quantity(json_object *root, int64_t *out, struct bo_problem *problem) {
  json_object *value = NULL;

  if (!json_object_object_get_ex(root, "quantity", &value) || !json_object_is_type(value, json_type_int))
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "quantity must be a whole number");
  *out = json_object_get_int64(value);
  return true;
}

static bool read_accessible(json_object *root, bool *out, struct bo_problem *problem) {
  json_object *value = NULL;

  if (!json_object_object_get_ex(root, "accessible", &value))
    return true;
  *out = json_object_get_boolean(value);
  return json_object_is_type(value, json_type_boolean) ||
         bo_problem_set(problem, BO_PROBLEM_MALFORMED, "accessible must be true or false");
}

static bool set_key(struct bo_text key, struct bo_best_request *out, struct bo_problem *problem) {
  out->key = key.bytes;
  return key.bytes == NULL || bo_request_id_is_sane(key.bytes, key.length) ||
         bo_problem_set(problem, BO_PROBLEM_MALFORMED, "requestKey must be %d to %d of the characters A-Z a-z 0-9 . _ -",
                        BO_REQUEST_ID_MIN, BO_REQUEST_ID_MAX);
}

static bool set_quantity(int64_t quantity, long max_seats, struct bo_best_request *out, struct bo_problem *problem) {
  if (quantity < 1)
    return bo_problem_set(problem, BO_PROBLEM_NO_SEATS, "the request asks for no seat");
  if (quantity > max_seats)
    return bo_problem_set(problem, BO_PROBLEM_TOO_MANY_SEATS, "at most %ld seats in one request", max_seats);
  out->quantity = (size_t)quantity;
  return true;
}

/* No category has a NUL in its name. */
static bool set_category(struct bo_text category, struct bo_best_request *out, struct bo_problem *problem) {
  out->category = category.bytes;
  return category.bytes == NULL || strlen(category.bytes) == category.length ||
         bo_problem_set(problem, BO_PROBLEM_UNKNOWN_CATEGORY, "no show has such a category of seats");
}

bool bo_best_body_parse(const struct bo_request *request, struct bo_json_reader *reader, long max_seats,
                        struct bo_best_request *out, struct bo_problem *problem) {
  json_object *root = NULL;
  struct bo_text user, category = {0}, key = {0};
  int64_t quantity = 0;

  *out = (struct bo_best_request){0};
  return bo_json_body(reader, request, &root, problem) && bo_field_id(root, "showId", out->show_id, problem) &&
         read_quantity(root, &quantity, problem) && bo_field_user(root, request, &user, problem) &&
         read_text(root, "category", &category, problem) && read_accessible(root, &out->accessible, problem) &&
         read_text(root, "requestKey", &key, problem) && set_key(key, out, problem) &&
         set_quantity(quantity, max_seats, out, problem) && set_category(category, out, problem) &&
         bo_user_of(user, request, &out->user, problem) && bo_field_token(root, &out->hold_token, problem);
}
