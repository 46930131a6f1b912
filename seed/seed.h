/* boxoffice-seed: sets up the deployment and fills the catalogue. One subcommand a file. */
#ifndef BO_SEED_SEED_H
#define BO_SEED_SEED_H

#include <stdbool.h>

#include "boxoffice/office.h"
#include "store/mongo.h"
#include "util/arena.h"
#include "util/config.h"

/* What the process ends with; documented in --help, never renumbered. */
enum seed_exit {
  SEED_DONE = 0,
  SEED_FAILED = 1,       /* refused because of what is in the file or in the database */
  SEED_USAGE = 2,
  SEED_UNREACHABLE = 3,  /* a store does not answer, or has not said what became of it */
  SEED_MISCONFIGURED = 4, /* the environment, or the deployment */
  SEED_PARTLY = 5         /* refused as FAILED, but part of it was done before */
};

struct seed_options {
  const char *command; /* "show" where none was given */
  const char *title, *start, *seats, *layout; /* of `show`; NULL: not given */
  const char *sale_start, *sale_end, *max_held, *max_owned; /* the same */
  const char *show;    /* of `cancel` */
  char *const *arguments; /* what follows the command: FILE of `import`, ids and seats of the others */
  size_t n_arguments;
  bool replace, json, csv;
};

struct seed {
  const struct seed_options *options;
  const struct bo_config *config;
  struct bo_mongo *mongo;
  struct bo_arena *arena;
};

int seed_init(struct seed *seed);
int seed_show(struct seed *seed);
int seed_import(struct seed *seed);
int seed_list(struct seed *seed);
int seed_bookings(struct seed *seed);
int seed_cancel(struct seed *seed);
int seed_block(struct seed *seed);
int seed_unblock(struct seed *seed);

/* Says the problem, and the seats that it names, on stderr and gives the exit code that belongs to it. */
int seed_fail(const struct bo_problem *problem);

/* The same where part of the command was done already. */
int seed_fail_partly(const struct bo_problem *problem);

/* An id of a show or a booking; false: said on stderr. */
bool seed_id(const char *what, const char *text, char out[BO_SHOW_ID_LENGTH + 1]);

/* The seats that the arguments from `first` on name; false: said on stderr. At most `most`; none is too few. */
bool seed_seats(const struct seed *seed, size_t first, size_t most, struct bo_seats_request *out);

/* Out of memory, in short. */
int seed_no_memory(void);

/* Flushes stdout: a full disk or a closed pipe is a failure too. `code` where all was written. */
int seed_finish(int code);

#endif
