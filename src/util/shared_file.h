/* Memory that all workers of a house share: a file in a directory of their own (BOXOFFICE_METRICS_FILE and its neighbours) that
 * each of them maps. It outlives a worker. */
#ifndef BO_UTIL_SHARED_FILE_H
#define BO_UTIL_SHARED_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "util/problem.h"

/* What such memory begins with. */
struct bo_shared_head {
  uint64_t form; /* what the bytes mean */
};

/* `size` bytes, zero where the file is new, that begin with a head of this form. A file of another form is replaced,
 * and left to whoever has it mapped: so two versions that run side by side for the time of an upgrade have each its own.
 * The mapping lasts as long as the process. `path` "": `own`, which nobody shares. NULL: MISCONFIGURED. */
void *bo_shared_file_map(const char *path, struct bo_shared_head *own, size_t size, uint64_t form,
                         struct bo_problem *problem) BO_MUST_CHECK;

#endif
