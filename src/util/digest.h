/* What a secret is known by without being told. */
#ifndef BO_UTIL_DIGEST_H
#define BO_UTIL_DIGEST_H

#include <stddef.h>

#include "util/problem.h"

/* The first half of SHA-256, 128 bits, as 32 lower-case hex digits. OUT_OF_MEMORY. */
enum { BO_DIGEST_HEX_SIZE = 33 };
bool bo_digest_hex(const char *text, size_t length, char out[BO_DIGEST_HEX_SIZE], struct bo_problem *problem) BO_MUST_CHECK;

#endif
