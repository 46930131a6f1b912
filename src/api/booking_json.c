#include "api/booking_json.h"

#include "http/json_write.h"

bool bo_booking_json_put_time(json_object *object, const char *key, int64_t wall_ms) {
  return wall_ms == 0 ? bo_json_put_text_or_null(object, key, "") : bo_json_put_time(object, key, wall_ms);
}

static bool put_seat(json_object *list, const struct bo_booked_seat *seat) {
  json_object *item = json_object_new_object();
  bool cancelled = seat->cancelled_ms != 0;

  return bo_json_append(list, item) && bo_json_put_text(item, "seatNumber", seat->seat) &&
         bo_json_put_text(item, "status", cancelled ? "cancelled" : "booked") &&
         (!cancelled || (bo_json_put_text_or_null(item, "cancellationId", seat->cancellation_id) &&
                         bo_json_put_time(item, "cancelledAt", seat->cancelled_ms)));
}

bool bo_booking_json_put(json_object *root, const struct bo_booking_result *booking) {
  json_object *numbers, *seats;

  if (!bo_json_put_text(root, "showId", booking->show_id) || !bo_json_put_text(root, "userId", booking->user))
    return false;
  numbers = json_object_new_array();
  if (!bo_json_put(root, "seatNumbers", numbers))
    return false;
  seats = json_object_new_array();
  if (!bo_json_put(root, "seats", seats))
    return false;
  for (size_t i = 0; i < booking->n_seats; i++)
    if (!bo_json_append(numbers, json_object_new_string(booking->seats[i].seat)) || !put_seat(seats, &booking->seats[i]))
      return false;
  return true;
}
