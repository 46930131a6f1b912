/* The three descriptors that every program is started with, or ought to be. */
#ifndef BO_UTIL_DESCRIPTORS_H
#define BO_UTIL_DESCRIPTORS_H

#include <stdbool.h>

#include "util/problem.h"

/* Opens what is closed of 0 to 2 on /dev/null: a store's connection would get that number, and log lines would go there.
 * First of all in main. */
bool bo_descriptors_fill(void) BO_MUST_CHECK;

#endif
