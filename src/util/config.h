/* Configuration: environment variables, read once at start. The table is config.def. */
#ifndef BO_UTIL_CONFIG_H
#define BO_UTIL_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "util/problem.h"

struct bo_config {
#define BO_CONFIG_TEXT(name, field, fallback, secret, text) char *field;
#define BO_CONFIG_INT(name, field, fallback, min, max, unit, text) long field;
#include "util/config.def"
#undef BO_CONFIG_TEXT
#undef BO_CONFIG_INT
};

/* Reads `environment` (NULL-ended "NAME=value" list, as environ). Unknown BOXOFFICE_* names, bad values and
 * unreadable *_FILEs are a MISCONFIGURED problem whose detail names them. On success the fields are owned by
 * config; bo_config_free on both outcomes. Secrets are wiped from `environment`'s process view by main, not
 * here. */
bool bo_config_read(struct bo_config *config, char *const *environment, struct bo_problem *problem) BO_MUST_CHECK;
void bo_config_free(struct bo_config *config);

/* The table as text, for -h. */
void bo_config_help(FILE *out);

#endif
