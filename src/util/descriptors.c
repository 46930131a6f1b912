#include "util/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool bo_descriptors_fill(void) {
  for (int fd = 0; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR | O_NOCTTY) != fd)
      return false;
  return true;
}
