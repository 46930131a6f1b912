/* The answer of what gives a user a hold. */
#ifndef BO_API_HOLD_JSON_H
#define BO_API_HOLD_JSON_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"

/* NULL where there is no memory. */
json_object *bo_hold_json(const struct bo_seats_request *seats, const struct bo_hold_result *hold) BO_MUST_CHECK;

#endif
