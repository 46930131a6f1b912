/* POST /confirm: held seats become sold ones. 201 where this request sold a seat, 200 where all were this
 * user's before. */
#include "api/api.h"
#include "api/seats_body.h"
#include "api/seats_json.h"
#include "http/json_write.h"

static void put_bookings(struct bo_buf *out, const struct bo_seats_request *seats, const struct bo_confirm_result *result) {
  bo_json_open(out, "bookings", '[');
  for (size_t i = 0; i < seats->n_seats; i++) {
    bo_json_open(out, NULL, '{');
    bo_json_put_text(out, "seatNumber", result->bookings[i].seat);
    bo_json_put_text_or_null(out, "bookingId", result->bookings[i].booking_id);
    bo_json_close(out, '}');
  }
  bo_json_close(out, ']');
}

static void render(const struct bo_seats_request *seats, const struct bo_confirm_result *result, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "message", result->already_booked ? "Already Booked" : "Booking confirmed");
  bo_json_put_text_or_null(out, "bookingId", result->booking_id);
  bo_json_put_bool(out, "alreadyBooked", result->already_booked);
  bo_seats_json_put(out, seats);
  put_bookings(out, seats, result);
  bo_json_close(out, '}');
}

bool bo_api_confirm(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_seats_request seats = {0};
  struct bo_confirm_result result = {0};
  struct bo_buf body = {0};

  (void)id;
  if (!bo_seats_body_parse(request, api->reader, api->config->max_seats, &seats, problem) ||
      !bo_confirm(api->office, &seats, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  render(&seats, &result, &body);
  return bo_response_json(response, request, result.already_booked ? 200 : 201, BO_TYPE_JSON, &body, problem);
}
