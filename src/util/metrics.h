/* Counters of all workers, in one file that each of them maps (util/shared_file.h): whoever is asked renders the sums. They outlive a
 * worker, and only ever rise; where two versions run side by side for the time of an upgrade, each has its own.
 * Before bo_metrics_open, and where no file is named, they are this process's own. Adding is one atomic instruction. */
#ifndef BO_UTIL_METRICS_H
#define BO_UTIL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/problem.h"

enum bo_counter {
#define BO_FAMILY(name, type, help)
#define BO_COUNTER(NAME, labels) BO_COUNTER_##NAME,
#define BO_SECONDS(NAME, labels) BO_COUNTER_##NAME,
#include "util/metrics.def"
#undef BO_FAMILY
#undef BO_COUNTER
#undef BO_SECONDS
  BO_COUNTER_COUNT
};

/* Names that only the caller knows, as values of a label; borrowed for the life of the process. */
struct bo_metrics_names {
  const char *const *list;
  size_t count; /* BO_METRICS_NAMES_MAX at most */
};
enum { BO_METRICS_NAMES_MAX = 32 };

/* `path`: a file in a directory of the workers' own, made where it is not there; "" for none. MISCONFIGURED. */
bool bo_metrics_open(const char *path, struct bo_metrics_names routes, struct bo_metrics_names redis_operations,
                     struct bo_problem *problem) BO_MUST_CHECK;

void bo_metrics_add(enum bo_counter counter, uint64_t by); /* seconds are counted in microseconds */
/* A request that was answered. `route`: an index of `routes`; past its end: none matched. `code`: NONE for a success. */
void bo_metrics_request(size_t route, int status, enum bo_problem_code code, int64_t us);
void bo_metrics_redis(size_t operation, int64_t us);

/* Prometheus's text format 0.0.4. */
void bo_metrics_render(struct bo_buf *out);

#endif
