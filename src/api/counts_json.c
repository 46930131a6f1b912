#include "api/counts_json.h"

#include "http/json_write.h"

static bool put_count(json_object *root, const char *key, size_t count, bool known) {
  return known ? bo_json_put_int(root, key, (int64_t)count) : bo_json_put_text_or_null(root, key, "");
}

bool bo_counts_json_put(json_object *root, const struct bo_counts *counts, bool counted) {
  return put_count(root, "totalSeats", counts->total, counts->total > 0) &&
         put_count(root, "bookedCount", counts->booked, counted) &&
         put_count(root, "heldCount", counts->held, counted) &&
         put_count(root, "blockedCount", counts->blocked, counted) &&
         put_count(root, "availableCount", counts->available, counted);
}
