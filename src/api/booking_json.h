/* What the answers about a booking have in common. */
#ifndef BO_API_BOOKING_JSON_H
#define BO_API_BOOKING_JSON_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"

/* showId, userId, seatNumbers, and `seats`: each with its status, "booked" or "cancelled". */
bool bo_booking_json_put(json_object *root, const struct bo_booking_result *booking) BO_MUST_CHECK;

/* A time, null where it is 0. */
bool bo_booking_json_put_time(json_object *object, const char *key, int64_t wall_ms) BO_MUST_CHECK;

#endif
