/* The command line. */
#ifndef BO_SEED_OPTIONS_H
#define BO_SEED_OPTIONS_H

#include "seed.h"

/* False: the process is to end with *code (usage error, or --help and --version, which were printed). */
bool seed_options_read(int argc, char **argv, struct seed_options *out, int *code) BO_MUST_CHECK;

#endif
