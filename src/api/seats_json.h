/* What the answers of hold, extend, release and confirm have in common. */
#ifndef BO_API_SEATS_JSON_H
#define BO_API_SEATS_JSON_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"

/* showId, userId, seatNumbers. */
bool bo_seats_json_put(json_object *root, const struct bo_seats_request *seats) BO_MUST_CHECK;

#endif
