/* boxoffice-fcgi: flags and configuration; then the worker. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/routes.h"
#include "boxoffice/office.h"
#include "store/mongo.h"
#include "store/redis.h"
#include "util/bounds.h"
#include "util/bulkhead.h"
#include "util/clock.h"
#include "util/config.h"
#include "util/descriptors.h"
#include "util/log.h"
#include "util/metrics.h"
#include "worker.h"

extern char **environ;

enum exit_status {
  EXIT_FINE = 0,
  EXIT_WRONG = 1,       /* configuration or deployment */
  EXIT_UNREACHABLE = 2, /* a store does not answer */
  EXIT_USAGE = 64       /* as sysexits.h has it */
};

enum action { ACTION_SERVE, ACTION_CHECK, ACTION_VERSION, ACTION_HELP, ACTION_USAGE };

/* A process manager that finds us gone starts us again at once: what would fail again must not fail faster. */
enum { FATAL_PAUSE_S = 1 };

static void print_help(FILE *out) {
  fputs("Usage: boxoffice-fcgi [-t | -V | -h]\n"
        "Answers FastCGI requests from the listening socket that it is given as descriptor 0:\n"
        "  spawn-fcgi -n -s /run/boxoffice/fcgi.sock -- multiwatch -t 0 -s TERM -f 4 -- boxoffice-fcgi\n\n"
        "  -t, --test     check configuration, Redis and MongoDB, and say what to do; 0: all is right,\n"
        "                 1: configuration or deployment is wrong, 2: a store does not answer\n"
        "  -V, --version  print the version\n"
        "  -h, --help     print this\n\n"
        "Settings are environment variables:\n",
        out);
  bo_config_help(out);
}

static enum action parse_flags(int argc, char **argv) {
  static const struct option flags[] = {{"test", no_argument, NULL, 't'},
                                        {"version", no_argument, NULL, 'V'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  enum action action = ACTION_SERVE;

  for (int flag; (flag = getopt_long(argc, argv, "tVh", flags, NULL)) != -1;) {
    if (flag == '?')
      return ACTION_USAGE;
    action = flag == 't' ? ACTION_CHECK : flag == 'V' ? ACTION_VERSION : ACTION_HELP;
  }
  if (optind < argc) {
    fprintf(stderr, "boxoffice-fcgi: unexpected argument '%s'\n", argv[optind]);
    return ACTION_USAGE;
  }
  return action;
}

static enum exit_status report(const char *what, const struct bo_problem *problem, const char *hint) {
  if (problem->code == BO_PROBLEM_NONE) {
    printf("%-14s ok\n", what);
    return EXIT_FINE;
  }
  printf("%-14s FAILED: %s\n", what, problem->detail);
  if (problem->code == BO_PROBLEM_MISCONFIGURED)
    return EXIT_WRONG;
  printf("%-14s %s\n", "", hint);
  return EXIT_UNREACHABLE;
}

/* What is wrong outweighs what may only be down. */
static enum exit_status worse_of(enum exit_status one, enum exit_status other) {
  if (one == EXIT_WRONG || other == EXIT_WRONG)
    return EXIT_WRONG;
  return one != EXIT_FINE ? one : other;
}

static enum exit_status check_stores(struct bo_office *office) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_problem redis = {0}, mongo = {0};
  enum exit_status redis_status, mongo_status;

  bo_office_check(office, &deadline, &redis, &mongo);
  redis_status = report("redis", &redis, "Is it running, and is REDIS_URL right? (redis-cli -u \"$REDIS_URL\" ping)");
  mongo_status = report("mongodb", &mongo, "Is it running as a replica set, and is MONGO_URI right? "
                                           "(boxoffice-seed init prepares a new one)");
  return worse_of(redis_status, mongo_status);
}

static enum exit_status check(const struct bo_config *config, struct bo_problem *problem) {
  struct bo_office *office = bo_office_new(config, problem);
  enum exit_status status;

  if (office == NULL) {
    (void)report("configuration", problem, "");
    return EXIT_WRONG;
  }
  printf("%-14s ok\n", "configuration");
  status = check_stores(office);
  bo_office_free(office);
  return status;
}

static bool open_metrics(const struct bo_config *config, struct bo_problem *problem) {
  static const char *routes[BO_METRICS_NAMES_MAX], *operations[BO_METRICS_NAMES_MAX];
  struct bo_metrics_names route_names = {routes, bo_routes.n_routes}, operation_names = {operations, BO_SCRIPT_COUNT};

  for (size_t i = 0; i < route_names.count; i++)
    routes[i] = bo_routes.routes[i].name;
  for (size_t i = 0; i < operation_names.count; i++)
    operations[i] = bo_redis_script_name((enum bo_script)i);
  return bo_metrics_open(config->metrics_file, route_names, operation_names, problem);
}

/* What all workers share. */
static bool open_shared(const struct bo_config *config, struct bo_problem *problem) {
  return open_metrics(config, problem) && bo_bulkhead_open(config->metrics_file, problem);
}

static enum exit_status serve(const struct bo_config *config, struct bo_problem *problem) {
  struct bo_office *office = bo_office_new(config, problem);
  bool served = office != NULL && open_shared(config, problem) && bo_worker_run(config, office, problem);

  if (!served) {
    bo_log(BO_LOG_ERROR, "cannot start: %s", problem->detail);
    (void)sleep(FATAL_PAUSE_S);
  }
  bo_office_free(office);
  return served ? EXIT_FINE : EXIT_WRONG;
}

static enum exit_status with_configuration(enum action action) {
  struct bo_config config;
  struct bo_problem problem = {0};
  enum bo_log_level level;
  enum exit_status status = EXIT_WRONG;

  if (!bo_config_read(&config, environ, &problem)) {
    if (action == ACTION_CHECK) {
      (void)report("configuration", &problem, "");
    } else {
      bo_log(BO_LOG_ERROR, "cannot start: %s", problem.detail);
      (void)sleep(FATAL_PAUSE_S);
    }
    goto done;
  }
  bo_config_wipe_secrets();
  if (bo_log_level_parse(config.log_level, &level))
    bo_log_set_level(level);
  status = action == ACTION_CHECK ? check(&config, &problem) : serve(&config, &problem);

done:
  bo_config_free(&config);
  return status;
}

int main(int argc, char **argv) {
  if (!bo_descriptors_fill())
    return EXIT_WRONG;
  bo_mongo_global_init(); /* first of all, for its traces in /dev/shm */
  if (atexit(bo_mongo_global_cleanup) != 0)
    return EXIT_WRONG;
  switch (parse_flags(argc, argv)) {
  case ACTION_HELP:
    print_help(stdout);
    return EXIT_FINE;
  case ACTION_VERSION:
    puts("boxoffice-fcgi " PACKAGE_VERSION);
    return EXIT_FINE;
  case ACTION_CHECK:
    return (int)with_configuration(ACTION_CHECK);
  case ACTION_SERVE:
    return (int)with_configuration(ACTION_SERVE);
  case ACTION_USAGE:
    break;
  }
  fputs("Try 'boxoffice-fcgi --help'.\n", stderr);
  return EXIT_USAGE;
}
