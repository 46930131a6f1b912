#include "api/seats_json.h"

#include "http/json_write.h"

static bool put_numbers(json_object *root, const struct bo_seats_request *seats) {
  json_object *numbers = json_object_new_array();

  if (!bo_json_put(root, "seatNumbers", numbers))
    return false;
  for (size_t i = 0; i < seats->n_seats; i++)
    if (!bo_json_append(numbers, json_object_new_string(seats->seats[i])))
      return false;
  return true;
}

bool bo_seats_json_put(json_object *root, const struct bo_seats_request *seats) {
  return bo_json_put_text(root, "showId", seats->show_id) && bo_json_put_text(root, "userId", seats->user) &&
         put_numbers(root, seats);
}
