/* What the answers of summary and shows have in common. */
#ifndef BO_API_COUNTS_JSON_H
#define BO_API_COUNTS_JSON_H

#include <json-c/json_object.h>

#include "boxoffice/office.h"

/* totalSeats, bookedCount, heldCount, blockedCount, availableCount; null where not `counted`, and a total of 0. */
bool bo_counts_json_put(json_object *root, const struct bo_counts *counts, bool counted) BO_MUST_CHECK;

#endif
