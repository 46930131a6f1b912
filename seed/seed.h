/* boxoffice-seed: sets up the deployment and fills the catalogue. One subcommand a file. */
#ifndef BO_SEED_SEED_H
#define BO_SEED_SEED_H

#include <stdbool.h>

#include "store/mongo.h"
#include "util/arena.h"

/* What the process ends with; documented in --help, never renumbered. */
enum seed_exit {
  SEED_DONE = 0,
  SEED_FAILED = 1,       /* refused because of what is in the file or in the database */
  SEED_USAGE = 2,
  SEED_UNREACHABLE = 3,  /* MongoDB does not answer, or has not said what became of it */
  SEED_MISCONFIGURED = 4 /* the environment, or the deployment */
};

struct seed_options {
  const char *command; /* "show" where none was given */
  const char *title, *start, *seats, *layout; /* of `show`; NULL: not given */
  const char *file;    /* of `import` */
  bool replace, json;
};

struct seed {
  const struct seed_options *options;
  struct bo_mongo *mongo;
  struct bo_arena *arena;
};

int seed_init(struct seed *seed);
int seed_show(struct seed *seed);
int seed_import(struct seed *seed);
int seed_list(struct seed *seed);

/* Says the problem on stderr and gives the exit code that belongs to it. */
int seed_fail(const struct bo_problem *problem);

/* Out of memory, in short. */
int seed_no_memory(void);

/* Flushes stdout: a full disk or a closed pipe is a failure too. `code` where all was written. */
int seed_finish(int code);

#endif
