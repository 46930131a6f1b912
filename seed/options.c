#include "options.h"

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unreleased"
#endif

enum { OPTION_TITLE = 256, OPTION_START, OPTION_SEATS, OPTION_LAYOUT, OPTION_SALE_START, OPTION_SALE_END,
       OPTION_MAX_HELD, OPTION_MAX_OWNED, OPTION_SHOW, OPTION_REPLACE, OPTION_JSON, OPTION_CSV };

static const struct option long_options[] = {
    {"title", required_argument, NULL, OPTION_TITLE}, {"start", required_argument, NULL, OPTION_START},
    {"seats", required_argument, NULL, OPTION_SEATS}, {"layout", required_argument, NULL, OPTION_LAYOUT},
    {"sale-start", required_argument, NULL, OPTION_SALE_START}, {"sale-end", required_argument, NULL, OPTION_SALE_END},
    {"max-held", required_argument, NULL, OPTION_MAX_HELD}, {"max-owned", required_argument, NULL, OPTION_MAX_OWNED},
    {"replace", no_argument, NULL, OPTION_REPLACE},   {"json", no_argument, NULL, OPTION_JSON},
    {"show", required_argument, NULL, OPTION_SHOW},   {"csv", no_argument, NULL, OPTION_CSV},
    {"help", no_argument, NULL, 'h'},                 {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0}};

static const char help_text[] =
    "Usage: boxoffice-seed [--replace] [--json]\n"
    "       boxoffice-seed init [--json]\n"
    "       boxoffice-seed show --title TITLE [--start TIME] (--seats N | --layout FILE) [--sale-start TIME]\n"
    "                           [--sale-end TIME] [--max-held N] [--max-owned N] [--replace] [--json]\n"
    "       boxoffice-seed import FILE [--json]\n"
    "       boxoffice-seed list [--json]\n"
    "       boxoffice-seed bookings SHOW [--csv | --json]\n"
    "       boxoffice-seed cancel (BOOKING | --show SHOW SEAT...) [--json]\n"
    "       boxoffice-seed (block | unblock) SHOW SEAT... [--json]\n"
    "\n"
    "Sets up the MongoDB of a box office, adds shows to it, and helps whoever runs one. Nothing is ever deleted without\n"
    "--replace.\n"
    "\n"
    "Commands:\n"
    "  (none)   adds the show \"Interstellar\", 100 seats, 24 hours from now; prints its id\n"
    "  init     initiates a replica set of one member where the server waits for one, and makes the unique\n"
    "           index on bookings; says what was there already; safe to repeat\n"
    "  show     adds one show; prints its id\n"
    "  import   adds all shows of a JSON file, or none: a list of\n"
    "           {\"movieTitle\": \"...\", \"startTime\": \"2026-12-01T20:00:00Z\", \"totalSeats\": 100}, or with a\n"
    "           \"layout\" instead of totalSeats, and optionally \"blocked\": [\"S1\"], seats that are not for sale,\n"
    "           \"saleStart\" and \"saleEnd\", times between which seats may be held (default: at once, until the\n"
    "           start), \"maxHeldPerUser\" and \"maxOwnedPerUser\", seats of one user (0: no limit); prints\n"
    "           their ids, in the order of the file\n"
    "  list     prints all shows, by start\n"
    "  bookings prints what is sold of a show, seat by seat in the order of the hall, and whether the show still has the\n"
    "           seat. In CSV a text that a spreadsheet would take for a formula begins with an apostrophe\n"
    "  cancel   gives back a booking, or whatever is booked of some seats of a show, while it is sold; safe to repeat\n"
    "  block    takes seats off sale at once; refused where one of them is sold, told where one is held: that hold can\n"
    "           still be confirmed\n"
    "  unblock  puts seats on sale again, whether `block`, the show's file or its layout had blocked them\n"
    "\n"
    "Options:\n"
    "      --title TITLE  title of the film\n"
    "      --start TIME   ISO 8601 with its time zone, as 2026-12-01T20:00:00Z (default: 24 hours from now)\n"
    "      --seats N      seats S1 to SN, at most 100000\n"
    "      --layout FILE  seats as laid out in a JSON file: {\"sections\": [{\"name\": \"Stalls\", \"rows\":\n"
    "                     [{\"name\": \"A\", \"seats\": [{\"label\": \"A1\"}, ...]}]}]}; doc/layouts.md has all of it\n"
    "      --show SHOW    of which show `cancel` gives back the seats\n"
    "      --csv          comma-separated values, for a spreadsheet\n"
    "      --sale-start TIME, --sale-end TIME\n"
    "                     from when, and until when, seats may be held (default: at once, until the show starts)\n"
    "      --max-held N   seats that one user may hold (default: BOXOFFICE_MAX_HELD of the workers)\n"
    "      --max-owned N  seats that one user may own, 0: no limit (default: BOXOFFICE_MAX_OWNED of the workers)\n"
    "      --replace      removes the shows of the same title; refused where seats of one of them are held or sold. Their\n"
    "                     sale is closed first, and opened again where that fails. A booking that another program makes\n"
    "                     in that moment is not seen; and where boxoffice-seed is killed, they stay closed: repeat it\n"
    "      --json         output for programs\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n"
    "\n"
    "Environment, as of boxoffice-fcgi:\n"
    "  MONGO_URI          the replica set (default mongodb://127.0.0.1:27017/?replicaSet=rs0); or MONGO_URI_FILE\n"
    "  MONGO_DB           the database (default: that of MONGO_URI, else test)\n"
    "  REDIS_URL          for cancel, block, unblock and --replace (default redis://127.0.0.1:6379); or REDIS_URL_FILE\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused because of what is in the file or in the database; nothing was changed\n"
    "  2  wrong usage\n"
    "  3  MongoDB or Redis cannot be reached, or MongoDB has not said what became of the command\n"
    "  4  the configuration or the deployment is wrong; the message says what to do\n"
    "  5  refused as with 1, but part of it was done before: `cancel --show` goes booking by booking and says how many\n"
    "     seats are cancelled, with --json too. A repeat goes on with the rest\n"
    "Of 3 and 4, too, part may have been done.\n";

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
  case OPTION_SHOW:
    out->show = optarg;
    return true;
  case OPTION_CSV:
    out->csv = true;
    return true;
  case OPTION_SALE_START:
    out->sale_start = optarg;
    return true;
  case OPTION_SALE_END:
    out->sale_end = optarg;
    return true;
  case OPTION_MAX_HELD:
    out->max_held = optarg;
    return true;
  case OPTION_MAX_OWNED:
    out->max_owned = optarg;
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

/* How many arguments each command takes, and what it says where there are others. */
static const struct command {
  const char *name;
  size_t least, most;
  const char *needs;
} commands[] = {
    {"init", 0, 0, "too many arguments"},
    {"show", 0, 0, "too many arguments"},
    {"import", 1, 1, "import needs one FILE"},
    {"list", 0, 0, "too many arguments"},
    {"bookings", 1, 1, "bookings needs one SHOW"},
    {"cancel", 1, SIZE_MAX, "cancel needs one BOOKING, or --show and seats"},
    {"block", 2, SIZE_MAX, "block needs a SHOW and seats"},
    {"unblock", 2, SIZE_MAX, "unblock needs a SHOW and seats"},
};

static const struct command *find_command(const char *name) {
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(commands[i].name, name) == 0) {
      return &commands[i];
    }
  }
  return NULL;
}

static bool has_show_options(const struct seed_options *options) {
  return options->title != NULL || options->start != NULL || options->seats != NULL || options->layout != NULL ||
         options->sale_start != NULL || options->sale_end != NULL || options->max_held != NULL || options->max_owned != NULL;
}

/* Which options and arguments go with which command. */
static bool check_command(const struct seed_options *options, bool named, int *code) {
  const struct command *command = find_command(options->command);
  bool is_show = strcmp(options->command, "show") == 0, is_cancel = strcmp(options->command, "cancel") == 0;
  if (command == NULL) {
    return usage(code, "no such command: ", options->command);
  }
  if (has_show_options(options) && !(is_show && named)) {
    return usage(code, "--title, --start, --seats, --layout and the limits of a sale belong to the command show", "");
  }
  if (options->replace && !is_show) {
    return usage(code, "--replace does not go with ", options->command);
  }
  if (options->show != NULL && !is_cancel) {
    return usage(code, "--show does not go with ", options->command);
  }
  if (options->csv && (options->json || strcmp(options->command, "bookings") != 0)) {
    return usage(code, "--csv goes with bookings alone, and not with --json", "");
  }
  if (options->n_arguments < command->least || options->n_arguments > command->most ||
      (is_cancel && options->show == NULL && options->n_arguments != 1)) {
    return usage(code, command->needs, "");
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
  out->arguments = argv + optind + (named ? 1 : 0);
  out->n_arguments = named ? (size_t)(argc - optind - 1) : 0;
  return check_command(out, named, code);
}
