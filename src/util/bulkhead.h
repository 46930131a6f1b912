/* A bulkhead: where MongoDB hangs, half of the workers may wait for it, and the others stay free for what does not need it.
 * Each worker writes down since when it waits, in memory that all share (util/shared_file.h). Before bo_bulkhead_open, and where
 * no file is named, a worker is alone and never finds it full. */
#ifndef BO_UTIL_BULKHEAD_H
#define BO_UTIL_BULKHEAD_H

#include <stdbool.h>

#include "util/clock.h"
#include "util/problem.h"

/* Once a process, after fork. `path`: of the metrics' file, beside which ours stands; "" for none. MISCONFIGURED. */
bool bo_bulkhead_open(const char *path, struct bo_problem *problem) BO_MUST_CHECK;

/* Around whatever waits for MongoDB, with its retries and the pauses between them; may be nested. */
void bo_bulkhead_enter(void);
void bo_bulkhead_leave(void);

/* MongoDB has answered this worker, whatever it said. */
void bo_bulkhead_answered(void);

/* May this worker wait, or wait on? Ask before each wait and before each retry. No, where half of the workers wait already,
 * besides this one, and MongoDB is slow: a quarter of the workers (but two of more than two) have waited for BO_MONGO_SLOW_MS, or
 * nobody was answered for so long. To learn that, the call itself takes as long at most, never past the deadline. One long read
 * is no reason, nor are many short waits: those are how a healthy MongoDB is kept busy. */
bool bo_bulkhead_admits(const struct bo_deadline *deadline) BO_MUST_CHECK;

#endif
