#include <stdio.h>

#include "seed.h"
#include "store/setup.h"

enum { BUDGET_MS = 60000 };

static const char *word(enum bo_setup what, const char *done) { return what == BO_SETUP_DONE ? done : "was there already"; }

static void list_twice(const char **twice, size_t n) {
  for (size_t i = 0; i < n; i++) {
    (void)fprintf(stderr, "  sold more than once: %s\n", twice[i]);
  }
  if (n > 0) {
    (void)fputs("Decide who keeps each seat, remove the other bookings, and run init again.\n", stderr);
  }
}

int seed_init(struct seed *seed) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  enum bo_setup set, index, others;
  const char *host;
  const char **twice = NULL;
  size_t n_twice = 0;
  bool json = seed->options->json;
  if (!bo_setup_initiate(seed->mongo, &deadline, seed->arena, &set, &host, &problem)) {
    return seed_fail(&problem);
  }
  if (!json) {
    (void)printf("Replica set of %s: %s.\n", host, word(set, "initiated, and primary"));
  }
  if (!bo_setup_index(seed->mongo, &deadline, seed->arena, &index, &twice, &n_twice, &problem)) {
    int code = seed_fail(&problem);
    list_twice(twice, n_twice);
    return code;
  }
  if (!bo_setup_plain_indexes(seed->mongo, &deadline, &others, &problem)) {
    return seed_fail(&problem);
  }
  if (json) {
    (void)printf("{\"replicaSet\":\"%s\",\"uniqueIndex\":\"%s\",\"otherIndexes\":\"%s\"}\n",
                 set == BO_SETUP_DONE ? "initiated" : "present", index == BO_SETUP_DONE ? "created" : "present",
                 others == BO_SETUP_DONE ? "created" : "present");
  } else {
    (void)printf("Unique index on bookings {showId: 1, seatNumber: 1}: %s.\n", word(index, "created"));
    (void)printf("Indexes on the ids of bookings, on their users, and on the starts of shows: %s.\n", word(others, "created"));
  }
  /* The rest of what a worker asks for: versions, write concern. */
  return bo_mongo_check(seed->mongo, &deadline, &problem) ? SEED_DONE : seed_fail(&problem);
}
