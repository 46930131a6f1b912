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
 * config; bo_config_free on both outcomes. */
bool bo_config_read(struct bo_config *config, char *const *environment, struct bo_problem *problem) BO_MUST_CHECK;
void bo_config_free(struct bo_config *config);

/* Secrets out of the process's environment: /proc/PID/environ shows the very bytes that it was started with. */
void bo_config_wipe_secrets(void);

/* The table as text, for -h. */
void bo_config_help(FILE *out);

#endif
