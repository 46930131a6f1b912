/* Random identifiers from the system's generator. */
#ifndef BO_UTIL_RANDOM_H
#define BO_UTIL_RANDOM_H

#include "util/problem.h"

/* 128 bits as 32 lower-case hex digits. INTERNAL where the system gives none. */
enum { BO_RANDOM_HEX_SIZE = 33 };
bool bo_random_hex(char out[BO_RANDOM_HEX_SIZE], struct bo_problem *problem) BO_MUST_CHECK;

#endif
