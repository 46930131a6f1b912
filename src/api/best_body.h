/* The body of POST /best-available: {showId, quantity, userId, category?, accessible?, requestKey?, holdToken?}. Pure. */
#ifndef BO_API_BEST_BODY_H
#define BO_API_BEST_BODY_H

#include "boxoffice/office.h"
#include "http/json_body.h"
#include "http/request.h"
#include "util/problem.h"

/* All that can be said of the request without a store; in the order of bo_seats_body_parse. MALFORMED; NO_SEATS,
 * TOO_MANY_SEATS, UNKNOWN_CATEGORY, INVALID_USER, USER_MISMATCH, INVALID_HOLD_TOKEN. The result lives in the request's arena. */
bool bo_best_body_parse(const struct bo_request *request, struct bo_json_reader *reader, long max_seats,
                        struct bo_best_request *out, struct bo_problem *problem) BO_MUST_CHECK;

#endif
