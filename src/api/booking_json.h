/* What the answers about a booking have in common. */
#ifndef BO_API_BOOKING_JSON_H
#define BO_API_BOOKING_JSON_H

#include "boxoffice/office.h"
#include "util/buf.h"

/* showId, userId, seatNumbers, and `seats`: each with its status, "booked" or "cancelled". */
void bo_booking_json_put(struct bo_buf *out, const struct bo_booking_result *booking);

#endif
