/* A hash for tables and for telling versions apart; not against those who choose the text. */
#ifndef BO_UTIL_HASH_H
#define BO_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of these bytes, on top of BO_HASH_START or of what came before them. */
#define BO_HASH_START UINT64_C(14695981039346656037)
static inline uint64_t bo_hash(uint64_t before, const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) before = (before ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
  return before;
}

#endif
