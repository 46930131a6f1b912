#include "api/counts_json.h"

#include "http/json_write.h"

static void put_count(struct bo_buf *out, const char *key, size_t count, bool known) {
  if (known)
    bo_json_put_count(out, key, count);
  else
    bo_json_put_null(out, key);
}

void bo_counts_json_put(struct bo_buf *out, const struct bo_counts *counts, bool counted) {
  put_count(out, "totalSeats", counts->total, counts->total > 0);
  put_count(out, "bookedCount", counts->booked, counted);
  put_count(out, "heldCount", counts->held, counted);
  put_count(out, "blockedCount", counts->blocked, counted);
  put_count(out, "availableCount", counts->available, counted);
}
