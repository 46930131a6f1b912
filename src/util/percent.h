/* Percent-encoded text, as in a query or in the user and password of a URL. */
#ifndef BO_UTIL_PERCENT_H
#define BO_UTIL_PERCENT_H

#include <stdbool.h>

#include "util/problem.h"

/* The byte that stands at `*at`, which lies before `end` and is moved past it. False: a '%' without two hex digits. */
bool bo_percent_next(const char **at, const char *end, char *out) BO_MUST_CHECK;

#endif
