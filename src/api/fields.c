#include "api/fields.h"

#include <string.h>

#include "boxoffice/id.h"
#include "boxoffice/seats.h"
#include "util/bounds.h"

static bool malformed(struct bo_problem *problem, const char *member, const char *what) {
  return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s must be %s", member, what);
}

bool bo_text_of(json_object *value, struct bo_text *out) {
  if (!json_object_is_type(value, json_type_string))
    return false;
  *out = (struct bo_text){.bytes = json_object_get_string(value), .length = (size_t)json_object_get_string_len(value)};
  return out->bytes != NULL;
}

static bool same_text(struct bo_text one, struct bo_text other) {
  return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

bool bo_field_id(json_object *root, const char *member, char out[BO_SHOW_ID_LENGTH + 1], struct bo_problem *problem) {
  json_object *value = NULL;
  struct bo_text id;

  if (!json_object_object_get_ex(root, member, &value) || !bo_text_of(value, &id))
    return malformed(problem, member, "a string of 24 hex digits");
  return bo_id_parse(member, id.bytes, id.length, out, problem);
}

/* The labels of one member, a string or a list of strings. */
static bool read_labels(json_object *value, const char *member, struct bo_arena *arena, struct bo_texts *out,
                        struct bo_problem *problem) {
  bool is_list = json_object_is_type(value, json_type_array);

  out->count = is_list ? json_object_array_length(value) : 1;
  out->list = bo_arena_array(arena, out->count, sizeof(*out->list));
  if (out->list == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
  for (size_t i = 0; i < out->count; i++)
    if (!bo_text_of(is_list ? json_object_array_get_idx(value, i) : value, &out->list[i]))
      return malformed(problem, member, "a string or a list of strings");
  return true;
}

static bool same_labels(const struct bo_texts *one, const struct bo_texts *other) {
  if (one->count != other->count)
    return false;
  for (size_t i = 0; i < one->count; i++)
    if (!same_text(one->list[i], other->list[i]))
      return false;
  return true;
}

bool bo_field_seats(json_object *root, bool optional, struct bo_arena *arena, struct bo_texts *out,
                    struct bo_problem *problem) {
  json_object *number = NULL, *numbers = NULL;
  bool has_number = json_object_object_get_ex(root, "seatNumber", &number);
  bool has_numbers = json_object_object_get_ex(root, "seatNumbers", &numbers);
  struct bo_texts alias;

  *out = (struct bo_texts){0};
  if (!has_number && !has_numbers)
    return optional || malformed(problem, "seatNumber", "a string or a list of strings");
  if (has_number && !read_labels(number, "seatNumber", arena, out, problem))
    return false;
  if (!has_numbers)
    return true;
  if (!read_labels(numbers, "seatNumbers", arena, &alias, problem))
    return false;
  if (has_number && !same_labels(out, &alias))
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "seatNumber and seatNumbers do not say the same; send one");
  *out = alias;
  return true;
}

bool bo_field_user(json_object *root, const struct bo_request *request, struct bo_text *out,
                   struct bo_problem *problem) {
  json_object *value = NULL;

  *out = (struct bo_text){0};
  if (!json_object_object_get_ex(root, "userId", &value) && request->remote_user != NULL)
    return true;
  if (!bo_text_of(value, out))
    return malformed(problem, "userId", "a string");
  return true;
}

bool bo_field_token(json_object *root, const char **out, struct bo_problem *problem) {
  json_object *value = NULL;
  struct bo_text token;

  *out = NULL;
  if (!json_object_object_get_ex(root, "holdToken", &value))
    return true;
  if (!bo_text_of(value, &token))
    return malformed(problem, "holdToken", "a string");
  *out = token.bytes;
  return bo_hold_token_check(token.bytes, token.length, problem);
}

/* A text of the client as a person may read it: cut, and without what cannot be seen. */
static const char *readable(struct bo_text text, struct bo_arena *arena) {
  size_t length = text.length < 2 * BO_SEAT_LABEL_MAX ? text.length : 2 * BO_SEAT_LABEL_MAX;
  char *copy = bo_arena_strndup(arena, text.bytes, length);

  for (size_t i = 0; copy != NULL && i < length; i++) /* cppcheck-suppress knownConditionTrueFalse ; length may be any */
    if (copy[i] < ' ' || copy[i] > '~')
      copy[i] = '?';
  return copy;
}

/* What can be no label may hold NULs, or be of any length. */
static bool refuse_impossible(const struct bo_texts *texts, struct bo_arena *arena, struct bo_problem *problem) {
  bool possible = true;

  for (size_t i = 0; i < texts->count; i++) {
    const char *name;

    if (bo_seat_is_label(texts->list[i].bytes, texts->list[i].length))
      continue;
    name = readable(texts->list[i], arena);
    if (name == NULL)
      return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
    if (possible)
      possible = bo_problem_set(problem, BO_PROBLEM_UNKNOWN_SEAT, "no show has a seat of such a name");
    bo_problem_add(problem, name, "unknown");
  }
  return possible;
}

bool bo_seats_of(const struct bo_texts *texts, long max_seats, struct bo_arena *arena, const char *const **seats,
                 struct bo_problem *problem) {
  const char **list = bo_arena_array(arena, texts->count, sizeof(*list));

  if (list == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
  for (size_t i = 0; i < texts->count; i++)
    list[i] = texts->list[i].bytes;
  *seats = list;
  /* Their number is looked at first: a list of thousands is not worth reading. */
  if (texts->count <= (size_t)max_seats && !refuse_impossible(texts, arena, problem))
    return false;
  return bo_seats_check(list, texts->count, max_seats, problem);
}

bool bo_user_of(struct bo_text given, const struct bo_request *request, const char **user, struct bo_problem *problem) {
  const char *authenticated = request->remote_user;
  struct bo_text of = given;

  if (authenticated != NULL) {
    of = (struct bo_text){.bytes = authenticated, .length = strlen(authenticated)};
    if (given.bytes != NULL && !same_text(given, of))
      return bo_problem_set(problem, BO_PROBLEM_USER_MISMATCH, "userId is not the user that you are signed in as");
  }
  if (!bo_user_check(of.bytes, of.length, problem))
    return false;
  *user = of.bytes;
  return true;
}
