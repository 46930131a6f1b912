/* POST /cancel: a booking given back, or some of its seats. */
#include "api/api.h"
#include "api/booking_json.h"
#include "api/fields.h"
#include "http/json_write.h"

static void render(const struct bo_cancel_request *request, const struct bo_cancel_result *result, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "message", result->already_cancelled ? "Already Cancelled" : "Booking cancelled");
  bo_json_put_text(out, "bookingId", request->booking_id);
  bo_json_put_bool(out, "alreadyCancelled", result->already_cancelled);
  bo_booking_json_put(out, &result->booking);
  bo_json_close(out, '}');
}

/* {bookingId, userId, seatNumber: "S1" | ["S1", "S2"]}; without seats the whole booking. */
static bool parse(const struct bo_request *request, const struct bo_api *api, struct bo_cancel_request *out,
                  struct bo_problem *problem) {
  json_object *root = NULL;
  struct bo_texts seats;
  struct bo_text user;

  if (!bo_json_body(api->reader, request, &root, problem) || !bo_field_id(root, "bookingId", out->booking_id, problem) ||
      !bo_field_seats(root, true, request->arena, &seats, problem) || !bo_field_user(root, request, &user, problem))
    return false;
  out->n_seats = seats.count;
  if (seats.list != NULL && !bo_seats_of(&seats, api->config->max_seats, request->arena, &out->seats, problem))
    return false;
  return bo_user_of(user, request, &out->user, problem);
}

bool bo_api_cancel(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                   struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_cancel_request cancel = {0};
  struct bo_cancel_result result = {0};
  struct bo_buf body = {0};

  (void)id;
  if (!parse(request, api, &cancel, problem) ||
      !bo_cancel(api->office, &cancel, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  render(&cancel, &result, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
