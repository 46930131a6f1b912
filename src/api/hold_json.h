/* The answer of what gives a user a hold. */
#ifndef BO_API_HOLD_JSON_H
#define BO_API_HOLD_JSON_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"

/* `config` says how long a hold may be made to last. NULL where there is no memory. */
json_object *bo_hold_json(const struct bo_config *config, const struct bo_seats_request *seats,
                          const struct bo_hold_result *hold) BO_MUST_CHECK;

#endif
