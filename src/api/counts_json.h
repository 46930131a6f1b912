/* What the answers of summary and shows have in common. */
#ifndef BO_API_COUNTS_JSON_H
#define BO_API_COUNTS_JSON_H

#include "boxoffice/office.h"
#include "util/buf.h"

/* totalSeats, bookedCount, heldCount, blockedCount, availableCount; null where not `counted`, and a total of 0. */
void bo_counts_json_put(struct bo_buf *out, const struct bo_counts *counts, bool counted);

#endif
