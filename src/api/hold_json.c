#include "api/hold_json.h"

#include "api/seats_json.h"
#include "http/json_write.h"

static uint64_t seconds_until(int64_t end_ms, int64_t now_ms) {
  return end_ms <= now_ms ? 0 : (uint64_t)(end_ms - now_ms + 999) / 1000;
}

static void put_seats(struct bo_buf *out, const struct bo_seats_request *seats, const struct bo_hold_result *hold) {
  bo_json_open(out, "seats", '[');
  for (size_t i = 0; i < seats->n_seats; i++) {
    bo_json_open(out, NULL, '{');
    bo_json_put_text(out, "seatNumber", hold->seats[i].seat);
    bo_json_put_text(out, "holdId", hold->seats[i].hold_id);
    bo_json_put_time(out, "expiresAt", hold->seats[i].expires_ms);
    bo_json_close(out, '}');
  }
  bo_json_close(out, ']');
}

/* Where it is not above the length of a hold, nothing is ever lengthened. */
static uint64_t may_last(const struct bo_config *config) {
  return (uint64_t)(config->hold_max_seconds > config->hold_seconds ? config->hold_max_seconds : config->hold_seconds);
}

static void render(const struct bo_config *config, const struct bo_seats_request *seats, const struct bo_hold_result *hold,
                   struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "message", "Seats held");
  bo_json_put_text(out, "holdId", hold->hold_id);
  bo_seats_json_put(out, seats);
  bo_json_put_time(out, "expiresAt", hold->expires_ms);
  bo_json_put_count(out, "expiresInSeconds", seconds_until(hold->expires_ms, hold->now_ms));
  bo_json_put_count(out, "mayLastSeconds", may_last(config));
  put_seats(out, seats, hold);
  if (hold->hold_token != NULL)
    bo_json_put_text(out, "holdToken", hold->hold_token);
  bo_json_close(out, '}');
}

bool bo_hold_respond(const struct bo_config *config, const struct bo_seats_request *seats, const struct bo_hold_result *hold,
                     const struct bo_request *request, struct bo_response *response, struct bo_problem *problem) {
  struct bo_buf body = {0};

  render(config, seats, hold, &body);
  response->cache_control = "no-store";
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
