/* The body of POST /hold, /extend, /release and /confirm: {showId, seatNumber: "S1" | ["S1", "S2"], userId}, `seatNumbers`
 * being an alias. Pure. */
#ifndef BO_API_SEATS_BODY_H
#define BO_API_SEATS_BODY_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"
#include "http/json_body.h"
#include "http/request.h"
#include "util/problem.h"

/* All that can be said of the request without a store. What cannot be a body of ours at all (a member missing
 * or of the wrong type) is MALFORMED and told first; then what it says is looked at: NO_SEATS, TOO_MANY_SEATS,
 * UNKNOWN_SEAT, DUPLICATE_SEAT, INVALID_USER, USER_MISMATCH, INVALID_HOLD_TOKEN. The result lives in the request's arena. */
bool bo_seats_body_parse(const struct bo_request *request, struct bo_json_reader *reader, long max_seats,
                         struct bo_seats_request *out, struct bo_problem *problem) BO_MUST_CHECK;

#endif
