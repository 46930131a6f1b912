#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unreleased"
#endif

enum { OPTION_TITLE = 256, OPTION_START, OPTION_SEATS, OPTION_LAYOUT, OPTION_REPLACE, OPTION_JSON };

static const struct option long_options[] = {
    {"title", required_argument, NULL, OPTION_TITLE}, {"start", required_argument, NULL, OPTION_START},
    {"seats", required_argument, NULL, OPTION_SEATS}, {"layout", required_argument, NULL, OPTION_LAYOUT},
    {"replace", no_argument, NULL, OPTION_REPLACE},   {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},                 {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0}};

static const char help_text[] =
    "Usage: boxoffice-seed [--replace] [--json]\n"
    "       boxoffice-seed init [--json]\n"
    "       boxoffice-seed show --title TITLE [--start TIME] (--seats N | --layout FILE) [--replace] [--json]\n"
    "       boxoffice-seed import FILE [--json]\n"
    "       boxoffice-seed list [--json]\n"
    "\n"
    "Sets up the MongoDB of a box office and adds shows to it. Nothing is ever deleted without --replace.\n"
    "\n"
    "Commands:\n"
    "  (none)   adds the show \"Interstellar\", 100 seats, 24 hours from now; prints its id\n"
    "  init     initiates a replica set of one member where the server waits for one, and makes the unique\n"
    "           index on bookings; says what was there already; safe to repeat\n"
    "  show     adds one show; prints its id\n"
    "  import   adds all shows of a JSON file, or none: a list of\n"
    "           {\"movieTitle\": \"...\", \"startTime\": \"2026-12-01T20:00:00Z\", \"totalSeats\": 100}, or with a\n"
    "           \"layout\" instead of totalSeats, and optionally \"blocked\": [\"S1\"], seats that are not for sale;\n"
    "           prints their ids, in the order of the file\n"
    "  list     prints all shows, by start\n"
    "\n"
    "Options:\n"
    "      --title TITLE  title of the film\n"
    "      --start TIME   ISO 8601 with its time zone, as 2026-12-01T20:00:00Z (default: 24 hours from now)\n"
    "      --seats N      seats S1 to SN, at most 100000\n"
    "      --layout FILE  seats as laid out in a JSON file: {\"sections\": [{\"name\": \"Stalls\", \"rows\":\n"
    "                     [{\"name\": \"A\", \"seats\": [{\"label\": \"A1\"}, ...]}]}]}; doc/layouts.md has all of it\n"
    "      --replace      removes the shows of the same title; refused where one of them has bookings\n"
    "      --json         output for programs\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n"
    "\n"
    "Environment, as of boxoffice-fcgi:\n"
    "  MONGO_URI          the replica set (default mongodb://127.0.0.1:27017/?replicaSet=rs0); or MONGO_URI_FILE\n"
    "  MONGO_DB           the database (default: that of MONGO_URI, else test)\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused because of what is in the file or in the database; nothing was changed\n"
    "  2  wrong usage\n"
    "  3  MongoDB cannot be reached, or has not said what became of the command\n"
    "  4  the configuration or the deployment is wrong; the message says what to do\n";

static bool usage(int *code, const char *what, const char *which) {
  (void)fprintf(stderr, "boxoffice-seed: %s%s\nTry `boxoffice-seed --help`.\n", what, which);
  *code = SEED_USAGE;
  return false;
}

static bool take_option(int option, struct seed_options *out) {
  switch (option) {
  case OPTION_TITLE:
    out->title = optarg;
    return true;
  case OPTION_START:
    out->start = optarg;
    return true;
  case OPTION_SEATS:
    out->seats = optarg;
    return true;
  case OPTION_LAYOUT:
    out->layout = optarg;
    return true;
  case OPTION_REPLACE:
    out->replace = true;
    return true;
  case OPTION_JSON:
    out->json = true;
    return true;
  default:
    return false;
  }
}

static bool check_show(const struct seed_options *options, int *code) {
  if (options->title == NULL || options->title[0] == '\0') {
    return usage(code, "show needs a --title", "");
  }
  if ((options->seats == NULL) == (options->layout == NULL)) {
    return usage(code, "show needs either --seats or --layout", "");
  }
  return true;
}

/* Which options and arguments go with which command. */
static bool check_command(const struct seed_options *options, bool named, int arguments, int *code) {
  bool of_show = options->title != NULL || options->start != NULL || options->seats != NULL || options->layout != NULL;
  bool is_show = strcmp(options->command, "show") == 0;
  bool is_import = strcmp(options->command, "import") == 0;
  if (!is_show && !is_import && strcmp(options->command, "init") != 0 && strcmp(options->command, "list") != 0) {
    return usage(code, "no such command: ", options->command);
  }
  if (of_show && !(is_show && named)) {
    return usage(code, "--title, --start, --seats and --layout belong to the command show", "");
  }
  if (options->replace && !is_show) {
    return usage(code, "--replace does not go with ", options->command);
  }
  if (arguments != (is_import ? 1 : 0)) {
    return usage(code, is_import ? "import needs one FILE" : "too many arguments", "");
  }
  return !(is_show && named) || check_show(options, code);
}

bool seed_options_read(int argc, char **argv, struct seed_options *out, int *code) {
  int option;
  *out = (struct seed_options){0};
  while ((option = getopt_long(argc, argv, "hV", long_options, NULL)) != -1) {
    if (option == 'h' || option == 'V') {
      (void)fputs(option == 'h' ? help_text : "boxoffice-seed " PACKAGE_VERSION "\n", stdout);
      *code = seed_finish(SEED_DONE);
      return false;
    }
    if (!take_option(option, out)) {
      return usage(code, "that is not how it is used", ""); /* getopt has said what */
    }
  }
  bool named = optind < argc;
  out->command = named ? argv[optind] : "show";
  int arguments = named ? argc - optind - 1 : 0;
  out->file = arguments > 0 ? argv[optind + 1] : NULL;
  return check_command(out, named, arguments, code);
}
