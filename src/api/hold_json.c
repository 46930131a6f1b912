#include "api/hold_json.h"

#include "api/seats_json.h"
#include "http/json_write.h"

static int64_t seconds_until(int64_t end_ms, int64_t now_ms) {
  return end_ms <= now_ms ? 0 : (end_ms - now_ms + 999) / 1000;
}

static bool put_seats(json_object *root, const struct bo_seats_request *seats, const struct bo_hold_result *hold) {
  json_object *list = json_object_new_array();

  if (!bo_json_put(root, "seats", list))
    return false;
  for (size_t i = 0; i < seats->n_seats; i++) {
    json_object *seat = json_object_new_object();

    if (!bo_json_append(list, seat) || !bo_json_put_text(seat, "seatNumber", hold->seats[i].seat) ||
        !bo_json_put_text(seat, "holdId", hold->seats[i].hold_id) ||
        !bo_json_put_time(seat, "expiresAt", hold->seats[i].expires_ms))
      return false;
  }
  return true;
}

/* Where it is not above the length of a hold, nothing is ever lengthened. */
static int64_t may_last(const struct bo_config *config) {
  return config->hold_max_seconds > config->hold_seconds ? config->hold_max_seconds : config->hold_seconds;
}

json_object *bo_hold_json(const struct bo_config *config, const struct bo_seats_request *seats,
                          const struct bo_hold_result *hold) {
  json_object *root = json_object_new_object();

  return bo_json_complete(
      root, bo_json_put_text(root, "message", "Seats held") && bo_json_put_text(root, "holdId", hold->hold_id) &&
                bo_seats_json_put(root, seats) && bo_json_put_time(root, "expiresAt", hold->expires_ms) &&
                bo_json_put_int(root, "expiresInSeconds", seconds_until(hold->expires_ms, hold->now_ms)) &&
                bo_json_put_int(root, "mayLastSeconds", may_last(config)) &&
                put_seats(root, seats, hold) &&
                (hold->hold_token == NULL || bo_json_put_text(root, "holdToken", hold->hold_token)));
}
