#include "api/booking_json.h"

#include "http/json_write.h"

static void put_seat(struct bo_buf *out, const struct bo_booked_seat *seat) {
  bool cancelled = seat->cancelled_ms != 0;

  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "seatNumber", seat->seat);
  bo_json_put_text(out, "status", cancelled ? "cancelled" : "booked");
  if (cancelled) {
    bo_json_put_text_or_null(out, "cancellationId", seat->cancellation_id);
    bo_json_put_time(out, "cancelledAt", seat->cancelled_ms);
  }
  bo_json_close(out, '}');
}

void bo_booking_json_put(struct bo_buf *out, const struct bo_booking_result *booking) {
  bo_json_put_text(out, "showId", booking->show_id);
  bo_json_put_text(out, "userId", booking->user);
  bo_json_open(out, "seatNumbers", '[');
  for (size_t i = 0; i < booking->n_seats; i++)
    bo_json_put_text(out, NULL, booking->seats[i].seat);
  bo_json_close(out, ']');
  bo_json_open(out, "seats", '[');
  for (size_t i = 0; i < booking->n_seats; i++)
    put_seat(out, &booking->seats[i]);
  bo_json_close(out, ']');
}
