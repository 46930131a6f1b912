#include "api/seats_body.h"

#include "api/fields.h"

bool bo_seats_body_parse(const struct bo_request *request, struct bo_json_reader *reader, long max_seats,
                         struct bo_seats_request *out, struct bo_problem *problem) {
  json_object *root = NULL;
  struct bo_texts texts = {0};
  struct bo_text user;

  if (!bo_json_body(reader, request, &root, problem) || !bo_field_id(root, "showId", out->show_id, problem) ||
      !bo_field_seats(root, false, request->arena, &texts, problem) || !bo_field_user(root, request, &user, problem))
    return false;
  out->n_seats = texts.count;
  return bo_seats_of(&texts, max_seats, request->arena, &out->seats, problem) &&
         bo_user_of(user, request, &out->user, problem) && bo_field_token(root, &out->hold_token, problem);
}
