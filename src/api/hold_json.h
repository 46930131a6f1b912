/* The answer of what gives a user a hold. */
#ifndef BO_API_HOLD_JSON_H
#define BO_API_HOLD_JSON_H

#include "boxoffice/office.h"
#include "http/response.h"

/* `config` says how long a hold may be made to last. */
bool bo_hold_respond(const struct bo_config *config, const struct bo_seats_request *seats, const struct bo_hold_result *hold,
                     const struct bo_request *request, struct bo_response *response, struct bo_problem *problem) BO_MUST_CHECK;

#endif
