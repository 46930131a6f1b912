/* boxoffice-feed: flags and configuration; then the feed. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "util/descriptors.h"
#include "util/log.h"

enum exit_status { EXIT_FINE = 0, EXIT_WRONG = 1, EXIT_USAGE = 64 /* as sysexits.h has it */ };

/* A process manager that finds us gone starts us again at once: what would fail again must not fail faster. */
enum { FATAL_PAUSE_S = 1 };

static void print_help(void) {
  fputs("Usage: boxoffice-feed [-V | -h]\n"
        "Tells nginx (its module nchan) of each change of a seat map that Redis publishes, and of holds that lapse.\n\n"
        "  -V, --version  print the version\n"
        "  -h, --help     print this\n\n"
        "Settings are environment variables, the same for all programs. This one reads REDIS_URL,\n"
        "BOXOFFICE_PUBLISH_SOCKET and BOXOFFICE_LOG_LEVEL of these:\n",
        stdout);
  bo_config_help(stdout);
}

static enum exit_status serve(void) {
  struct bo_config config;
  struct bo_problem problem = {0};
  enum bo_log_level level;
  bool served = bo_config_read(&config, environ, &problem);
  bo_config_wipe_secrets();
  if (served && bo_log_level_parse(config.log_level, &level)) bo_log_set_level(level);
  served = served && feed_run(&config, &problem);
  if (!served) {
    bo_log(BO_LOG_ERROR, "cannot start: %s", problem.detail);
    (void)sleep(FATAL_PAUSE_S);
  }
  bo_config_free(&config);
  return served ? EXIT_FINE : EXIT_WRONG;
}

int main(int argc, char **argv) {
  static const struct option flags[] = {
      {"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
  if (!bo_descriptors_fill()) return EXIT_WRONG;
  int flag = getopt_long(argc, argv, "Vh", flags, NULL);
  if (flag == 'h') {
    print_help();
    return EXIT_FINE;
  }
  if (flag == 'V') {
    puts("boxoffice-feed " PACKAGE_VERSION);
    return EXIT_FINE;
  }
  if (flag == '?' || optind < argc) {
    fputs("boxoffice-feed: no such argument. Try 'boxoffice-feed --help'.\n", stderr);
    return EXIT_USAGE;
  }
  return (int)serve();
}
