/* Members of a client's JSON object (or query) that several endpoints take, each read and looked at in one place. Pure. */
#ifndef BO_API_FIELDS_H
#define BO_API_FIELDS_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"
#include "http/request.h"
#include "util/arena.h"
#include "util/problem.h"

/* Borrowed from where it was parsed; NULs may be inside. `bytes` is NULL where the member is not there. */
struct bo_text {
  const char *bytes;
  size_t length;
};

struct bo_texts {
  struct bo_text *list;
  size_t count;
};

/* False: the value is no string. */
bool bo_text_of(json_object *value, struct bo_text *out) BO_MUST_CHECK;

/* An id of 24 hex digits, in lower case. MALFORMED. */
bool bo_field_id(json_object *root, const char *member, char out[BO_SHOW_ID_LENGTH + 1],
                 struct bo_problem *problem) BO_MUST_CHECK;

/* `seatNumber` or its alias `seatNumbers`: a string or a list of strings; count 0 with `list` NULL where neither is there
 * (only where `optional`). MALFORMED. */
bool bo_field_seats(json_object *root, bool optional, struct bo_arena *arena, struct bo_texts *out,
                    struct bo_problem *problem) BO_MUST_CHECK;

/* `userId`; may be left out where somebody is signed in. MALFORMED. */
bool bo_field_user(json_object *root, const struct bo_request *request, struct bo_text *out,
                   struct bo_problem *problem) BO_MUST_CHECK;

/* `holdToken`, or nothing. MALFORMED, INVALID_HOLD_TOKEN. */
bool bo_field_token(json_object *root, const char **out, struct bo_problem *problem) BO_MUST_CHECK;

/* What the texts say: labels that a seat can have, all different, `max_seats` at most. NO_SEATS, TOO_MANY_SEATS,
 * UNKNOWN_SEAT, DUPLICATE_SEAT. */
bool bo_seats_of(const struct bo_texts *texts, long max_seats, struct bo_arena *arena, const char *const **seats,
                 struct bo_problem *problem) BO_MUST_CHECK;

/* The user that the request is of: who is signed in, or else who it says. INVALID_USER, USER_MISMATCH. */
bool bo_user_of(struct bo_text given, const struct bo_request *request, const char **user,
                struct bo_problem *problem) BO_MUST_CHECK;

#endif
