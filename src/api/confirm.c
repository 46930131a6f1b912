/* POST /confirm: held seats become sold ones. 201 where this request sold a seat, 200 where all were this
 * user's before. */
#include "api/api.h"
#include "api/seats_body.h"
#include "api/seats_json.h"
#include "http/json_write.h"

static bool put_bookings(json_object *root, const struct bo_seats_request *seats,
                         const struct bo_confirm_result *result) {
  json_object *list = json_object_new_array();

  if (!bo_json_put(root, "bookings", list))
    return false;
  for (size_t i = 0; i < seats->n_seats; i++) {
    json_object *booking = json_object_new_object();

    if (!bo_json_append(list, booking) || !bo_json_put_text(booking, "seatNumber", result->bookings[i].seat) ||
        !bo_json_put_text_or_null(booking, "bookingId", result->bookings[i].booking_id))
      return false;
  }
  return true;
}

static json_object *render(const struct bo_seats_request *seats, const struct bo_confirm_result *result) {
  json_object *root = json_object_new_object();
  const char *message = result->already_booked ? "Already Booked" : "Booking confirmed";

  return bo_json_complete(root, bo_json_put_text(root, "message", message) &&
                                    bo_json_put_text_or_null(root, "bookingId", result->booking_id) &&
                                    bo_json_put_bool(root, "alreadyBooked", result->already_booked) &&
                                    bo_seats_json_put(root, seats) && put_bookings(root, seats, result));
}

bool bo_api_confirm(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_seats_request seats = {0};
  struct bo_confirm_result result = {0};

  (void)id;
  if (!bo_seats_body_parse(request, api->reader, api->config->max_seats, &seats, problem) ||
      !bo_confirm(api->office, &seats, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  return bo_response_json(response, request, result.already_booked ? 200 : 201, BO_TYPE_JSON, render(&seats, &result),
                          problem);
}
