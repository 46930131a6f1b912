#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "seed.h"
#include "util/config.h"
#include "util/descriptors.h"
#include "util/log.h"

enum { PATIENCE_MS = 20000 }; /* of one command: an index over a large collection takes its time */

int seed_fail(const struct bo_problem *problem) {
  (void)fprintf(stderr, "boxoffice-seed: %s\n", problem->detail);
  for (size_t i = 0; i < problem->n_items; i++) {
    (void)fprintf(stderr, "  %s: %s\n", problem->items[i].name, problem->items[i].reason);
  }
  switch (problem->code) {
  case BO_PROBLEM_MONGO_UNAVAILABLE:
  case BO_PROBLEM_REDIS_UNAVAILABLE:
  case BO_PROBLEM_BOARD_BUSY:
  case BO_PROBLEM_DEADLINE:
  case BO_PROBLEM_OUTCOME_UNKNOWN:
    return SEED_UNREACHABLE;
  case BO_PROBLEM_MISCONFIGURED:
    return SEED_MISCONFIGURED;
  default:
    return SEED_FAILED;
  }
}

int seed_fail_partly(const struct bo_problem *problem) {
  int code = seed_fail(problem);
  return code == SEED_FAILED ? SEED_PARTLY : code;
}

int seed_no_memory(void) {
  (void)fputs("boxoffice-seed: out of memory\n", stderr);
  return SEED_FAILED;
}

int seed_finish(int code) {
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("boxoffice-seed: standard output");
    return code == SEED_DONE ? SEED_FAILED : code;
  }
  return code;
}

static int dispatch(struct seed *seed) {
  static const struct {
    const char *name;
    int (*run)(struct seed *);
  } commands[] = {{"init", seed_init}, {"show", seed_show}, {"import", seed_import}, {"list", seed_list},
                  {"bookings", seed_bookings}, {"cancel", seed_cancel}, {"block", seed_block}, {"unblock", seed_unblock}};
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(commands[i].name, seed->options->command) == 0) {
      return commands[i].run(seed);
    }
  }
  return SEED_USAGE; /* the options were checked: there is no other */
}

static int run(const struct seed_options *options, const struct bo_config *config) {
  struct bo_problem problem = {0};
  struct seed seed = {.options = options, .config = config};
  int code;
  seed.arena = bo_arena_new();
  seed.mongo = bo_mongo_new(config->mongo_uri, config->mongo_db, "boxoffice-seed", &problem);
  if (seed.mongo == NULL) {
    code = seed_fail(&problem);
  } else if (seed.arena == NULL || !bo_mongo_set_patience(seed.mongo, PATIENCE_MS)) {
    code = seed_no_memory();
  } else {
    code = seed_finish(dispatch(&seed));
  }
  bo_mongo_free(seed.mongo);
  bo_arena_free(seed.arena);
  return code;
}

int main(int argc, char **argv) {
  struct seed_options options;
  struct bo_config config;
  struct bo_problem problem = {0};
  int code = SEED_DONE;
  if (!bo_descriptors_fill()) {
    return SEED_FAILED;
  }
  bo_log_set_level(BO_LOG_ERROR); /* what matters is said in words, once */
  bo_mongo_global_init();         /* first of all, for its traces in /dev/shm */
  if (!seed_options_read(argc, argv, &options, &code)) {
    bo_mongo_global_cleanup();
    return code;
  }
  code = bo_config_read(&config, environ, &problem) ? run(&options, &config) : seed_fail(&problem);
  bo_config_free(&config);
  bo_mongo_global_cleanup();
  return code;
}
