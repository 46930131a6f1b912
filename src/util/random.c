#include "util/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

bool bo_random_hex(char out[BO_RANDOM_HEX_SIZE], struct bo_problem *problem) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[16];
  ssize_t got;
  do got = getrandom(bytes, sizeof bytes, 0);
  while (got < 0 && errno == EINTR);
  if (got != (ssize_t)sizeof bytes) return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "no random bytes: %s", strerror(errno));
  for (size_t i = 0; i < sizeof bytes; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[32] = '\0';
  return true;
}
