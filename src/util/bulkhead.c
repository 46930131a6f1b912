#include "util/bulkhead.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "util/bounds.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/shared_file.h"

enum { WORKERS_MAX = 1024, FRESH_MS = 20, PAUSE_NS = 1000000 };

/* A worker that was killed leaves its place as it was; the next to start takes it. */
struct place {
  _Atomic int32_t pid; /* 0: nobody's */
  _Atomic int64_t since_ms; /* on the steady clock, which all processes share: when it began to wait; 0: it does not */
};

struct shared {
  struct bo_shared_head head;
  _Atomic int64_t answered_ms; /* when MongoDB last answered any worker */
  struct place places[WORKERS_MAX];
};

/* Raised by one where struct shared changes. Versions that agree share the file: in an upgrade all workers see each other. */
static const char layout[] = "bulkhead 1";
static_assert(sizeof(struct shared) == 16 + 16 * WORKERS_MAX, "a new layout");

static struct shared own, *shared = &own;
static struct place *mine; /* NULL: not counted */
static int depth;

static bool is_alive(int32_t pid) { return pid != 0 && (kill(pid, 0) == 0 || errno != ESRCH); }

static bool take(struct place *place) {
  int32_t before = atomic_load(&place->pid);
  if (is_alive(before) || !atomic_compare_exchange_strong(&place->pid, &before, (int32_t)getpid())) return false;
  atomic_store(&place->since_ms, 0);
  return true;
}

bool bo_bulkhead_open(const char *path, struct bo_problem *problem) {
  char beside[PATH_MAX];
  const uint64_t form = bo_hash(BO_HASH_START, layout, sizeof layout);
  if ((size_t)snprintf(beside, sizeof beside, "%s%s", path, path[0] ? ".bulkhead" : "") >= sizeof beside)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "BOXOFFICE_METRICS_FILE: the path is too long");
  struct shared *mapped = bo_shared_file_map(beside, &own.head, sizeof own, form, problem);
  if (!mapped) return false;
  shared = mapped;
  mine = NULL;
  for (size_t i = 0; i < WORKERS_MAX && !mine; i++)
    if (take(&shared->places[i])) mine = &shared->places[i];
  if (!mine) bo_log(BO_LOG_WARNING, "more than %d workers: this one may always wait for MongoDB", WORKERS_MAX);
  return true;
}

void bo_bulkhead_enter(void) {
  if (depth++ == 0 && mine) atomic_store(&mine->since_ms, bo_clock_steady_ms());
}

void bo_bulkhead_answered(void) {
  if (mine) atomic_store(&shared->answered_ms, bo_clock_steady_ms());
}

void bo_bulkhead_leave(void) {
  assert(depth > 0);
  if (--depth == 0 && mine) atomic_store(&mine->since_ms, 0);
}

/* Of the others. */
struct count {
  int alive, waiting, slow;
};

/* The places are taken from the first on, so none stands behind one that was never taken. `sure`: the kernel is asked who is
 * alive; else those that were killed count, too. */
static struct count count_others(int64_t now_ms, bool sure) {
  struct count count = {0};
  for (size_t i = 0; i < WORKERS_MAX; i++) {
    struct place *place = &shared->places[i];
    int32_t pid = atomic_load(&place->pid);
    if (pid == 0) break;
    if (place == mine || (sure && !is_alive(pid))) continue;
    int64_t since_ms = atomic_load(&place->since_ms);
    count.alive++;
    count.waiting += since_ms != 0;
    count.slow += since_ms != 0 && now_ms - since_ms >= BO_MONGO_SLOW_MS;
  }
  return count;
}

/* Asked by few, and not often: only where it seems that MongoDB is slow. */
static void look(int64_t now_ms, bool *crowd, bool *slow) {
  const struct count others = count_others(now_ms, true);
  int workers = others.alive + 1, half = (workers + 1) / 2, quarter = workers / 4;
  if (quarter < 2) quarter = workers > 2 ? 2 : 1;
  *crowd = others.waiting >= half;
  *slow = others.slow >= quarter;
}

bool bo_bulkhead_admits(const struct bo_deadline *deadline) {
  const int64_t begun_ms = bo_clock_steady_ms();
  const struct timespec pause = {.tv_nsec = PAUSE_NS};
  int64_t now_ms = begun_ms, most_ms = bo_deadline_cap_ms(deadline, BO_MONGO_SLOW_MS);
  bool crowd, slow;
  if (!mine) return true;
  for (;;) {
    bool answers = atomic_load(&shared->answered_ms) >= begun_ms - FRESH_MS;
    if (answers && count_others(now_ms, false).slow == 0) return true; /* as a rule */
    look(now_ms, &crowd, &slow);
    if (!crowd || (answers && !slow)) return true;
    if (slow || now_ms - begun_ms >= most_ms) return false;
    (void)nanosleep(&pause, NULL);
    now_ms = bo_clock_steady_ms();
  }
}
