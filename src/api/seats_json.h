/* What the answers of hold, extend, release and confirm have in common. */
#ifndef BO_API_SEATS_JSON_H
#define BO_API_SEATS_JSON_H

#include "boxoffice/office.h"
#include "util/buf.h"

/* showId, userId, seatNumbers. */
void bo_seats_json_put(struct bo_buf *out, const struct bo_seats_request *seats);

#endif
