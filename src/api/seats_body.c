#include "api/seats_body.h"

#include <string.h>

#include "boxoffice/seats.h"
#include "boxoffice/show_id.h"
#include "util/bounds.h"

/* Borrowed from the parsed body; NULs may be inside. */
struct text {
  const char *bytes;
  size_t length;
};

struct texts {
  struct text *list;
  size_t count;
};

static bool malformed(struct bo_problem *problem, const char *member, const char *what) {
  return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s must be %s", member, what);
}

static bool text_of(json_object *value, struct text *out) {
  if (!json_object_is_type(value, json_type_string))
    return false;
  *out = (struct text){.bytes = json_object_get_string(value), .length = (size_t)json_object_get_string_len(value)};
  return out->bytes != NULL;
}

static bool same_text(struct text one, struct text other) {
  return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static bool read_show(json_object *root, struct bo_seats_request *out, struct bo_problem *problem) {
  json_object *value = NULL;
  struct text id;

  if (!json_object_object_get_ex(root, "showId", &value) || !text_of(value, &id))
    return malformed(problem, "showId", "a string of 24 hex digits");
  return bo_show_id_parse(id.bytes, id.length, out->show_id, problem);
}

/* The labels of one member, a string or a list of strings. */
static bool read_labels(json_object *value, const char *member, struct bo_arena *arena, struct texts *out,
                        struct bo_problem *problem) {
  bool is_list = json_object_is_type(value, json_type_array);

  out->count = is_list ? json_object_array_length(value) : 1;
  out->list = bo_arena_array(arena, out->count, sizeof(*out->list));
  if (out->list == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
  for (size_t i = 0; i < out->count; i++)
    if (!text_of(is_list ? json_object_array_get_idx(value, i) : value, &out->list[i]))
      return malformed(problem, member, "a string or a list of strings");
  return true;
}

static bool same_labels(const struct texts *one, const struct texts *other) {
  if (one->count != other->count)
    return false;
  for (size_t i = 0; i < one->count; i++)
    if (!same_text(one->list[i], other->list[i]))
      return false;
  return true;
}

static bool read_seats(json_object *root, struct bo_arena *arena, struct texts *out, struct bo_problem *problem) {
  json_object *number = NULL, *numbers = NULL;
  bool has_number = json_object_object_get_ex(root, "seatNumber", &number);
  bool has_numbers = json_object_object_get_ex(root, "seatNumbers", &numbers);
  struct texts alias;

  if (!has_number && !has_numbers)
    return malformed(problem, "seatNumber", "a string or a list of strings");
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

/* `out->bytes` is NULL where the user is known from elsewhere. */
static bool read_user(json_object *root, const struct bo_request *request, struct text *out,
                      struct bo_problem *problem) {
  json_object *value = NULL;

  *out = (struct text){0};
  if (!json_object_object_get_ex(root, "userId", &value) && request->remote_user != NULL)
    return true;
  if (!text_of(value, out))
    return malformed(problem, "userId", "a string");
  return true;
}

/* A text of the client as a person may read it: cut, and without what cannot be seen. */
static const char *readable(struct text text, struct bo_arena *arena) {
  size_t length = text.length < 2 * BO_SEAT_LABEL_MAX ? text.length : 2 * BO_SEAT_LABEL_MAX;
  char *copy = bo_arena_strndup(arena, text.bytes, length);

  for (size_t i = 0; copy != NULL && i < length; i++) /* cppcheck-suppress knownConditionTrueFalse ; length may be any */
    if (copy[i] < ' ' || copy[i] > '~')
      copy[i] = '?';
  return copy;
}

/* What can be no label may hold NULs, or be of any length. */
static bool refuse_impossible(const struct texts *texts, struct bo_arena *arena, struct bo_problem *problem) {
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

static bool set_seats(const struct texts *texts, long max_seats, struct bo_arena *arena, struct bo_seats_request *out,
                      struct bo_problem *problem) {
  const char **seats = bo_arena_array(arena, texts->count, sizeof(*seats));

  if (seats == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
  for (size_t i = 0; i < texts->count; i++)
    seats[i] = texts->list[i].bytes;
  out->seats = seats;
  out->n_seats = texts->count;
  /* Their number is looked at first: a list of thousands is not worth reading. */
  if (texts->count <= (size_t)max_seats && !refuse_impossible(texts, arena, problem))
    return false;
  return bo_seats_check(out->seats, out->n_seats, max_seats, problem);
}

static bool set_user(struct text given, const struct bo_request *request, struct bo_seats_request *out,
                     struct bo_problem *problem) {
  const char *authenticated = request->remote_user;
  struct text user = given;

  if (authenticated != NULL) {
    user = (struct text){.bytes = authenticated, .length = strlen(authenticated)};
    if (given.bytes != NULL && !same_text(given, user))
      return bo_problem_set(problem, BO_PROBLEM_USER_MISMATCH, "userId is not the user that you are signed in as");
  }
  if (!bo_user_check(user.bytes, user.length, problem))
    return false;
  out->user = user.bytes;
  return true;
}

bool bo_seats_body_parse(const struct bo_request *request, struct bo_json_reader *reader, long max_seats,
                         struct bo_seats_request *out, struct bo_problem *problem) {
  json_object *root = NULL;
  struct texts texts = {0};
  struct text user;

  return bo_json_body(reader, request, &root, problem) && read_show(root, out, problem) &&
         read_seats(root, request->arena, &texts, problem) && read_user(root, request, &user, problem) &&
         set_seats(&texts, max_seats, request->arena, out, problem) && set_user(user, request, out, problem);
}
