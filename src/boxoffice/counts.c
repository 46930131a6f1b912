#include "boxoffice/counts.h"

static size_t take(size_t *left, int64_t count) {
  size_t taken = count < 0 ? 0 : (size_t)count < *left ? (size_t)count : *left;
  *left -= taken;
  return taken;
}

struct bo_counts bo_counts_of(size_t total, const struct bo_board_reply *reply) {
  struct bo_counts counts = {.total = total, .available = total};
  counts.booked = take(&counts.available, reply->sold);
  counts.held = take(&counts.available, reply->held);
  counts.blocked = take(&counts.available, reply->blocked);
  return counts;
}
