#include "util/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { ID_BYTES = 16, POOL_BYTES = 256 }; /* getrandom never gives less than it is asked for, up to 256 */

/* Bytes of one system call serve several ids. Used ones are wiped, so that memory tells no id of the past. A worker
 * never forks. */
static struct {
  unsigned char bytes[POOL_BYTES];
  size_t left;
} pool;

static bool fill(struct bo_problem *problem) {
  ssize_t got;
  do got = getrandom(pool.bytes, POOL_BYTES, 0);
  while (got < 0 && errno == EINTR);
  if (got != POOL_BYTES) return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "no random bytes: %s", strerror(errno));
  pool.left = POOL_BYTES;
  return true;
}

bool bo_random_hex(char out[BO_RANDOM_HEX_SIZE], struct bo_problem *problem) {
  static const char digits[] = "0123456789abcdef";
  if (pool.left == 0 && !fill(problem)) return false;
  unsigned char *bytes = pool.bytes + (POOL_BYTES - pool.left);
  for (size_t i = 0; i < ID_BYTES; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * ID_BYTES] = '\0';
  explicit_bzero(bytes, ID_BYTES);
  pool.left -= ID_BYTES;
  return true;
}
