#include "api/seats_json.h"

#include "http/json_write.h"

void bo_seats_json_put(struct bo_buf *out, const struct bo_seats_request *seats) {
  bo_json_put_text(out, "showId", seats->show_id);
  bo_json_put_text(out, "userId", seats->user);
  bo_json_open(out, "seatNumbers", '[');
  for (size_t i = 0; i < seats->n_seats; i++)
    bo_json_put_text(out, NULL, seats->seats[i]);
  bo_json_close(out, ']');
}
