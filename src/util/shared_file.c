#include "util/shared_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TRIES = 100, LOCK_PAUSE_US = 10000 };

struct wanted {
  const char *path;
  size_t size;
  struct bo_shared_head head;
};

static bool failed(const char *doing, const char *path, struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "BOXOFFICE_METRICS_FILE: %s %s: %s", doing, path, strerror(errno));
}

/* The file of another version is left to whoever still has it mapped: ours takes its name. The lock is held. */
static bool replace(const struct wanted *wanted, int *fd, struct bo_problem *problem) {
  char fresh[4096];
  if ((size_t)snprintf(fresh, sizeof fresh, "%s.%ld", wanted->path, (long)getpid()) >= sizeof fresh) {
    errno = ENAMETOOLONG;
    return failed("cannot make", wanted->path, problem);
  }
  int made = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made < 0 || ftruncate(made, (off_t)wanted->size) != 0 ||
      pwrite(made, &wanted->head, sizeof wanted->head, 0) != (ssize_t)sizeof wanted->head || rename(fresh, wanted->path) != 0) {
    failed("cannot make", fresh, problem);
    if (made >= 0) {
      (void)unlink(fresh);
      (void)close(made);
    }
    return false;
  }
  (void)close(*fd); /* and its lock */
  *fd = made;
  return true;
}

static bool is_ours(const struct wanted *wanted, int fd) {
  struct stat stat;
  struct bo_shared_head theirs = {0};
  return fstat(fd, &stat) == 0 && stat.st_size == (off_t)wanted->size &&
         pread(fd, &theirs, sizeof theirs, 0) == (ssize_t)sizeof theirs && theirs.form == wanted->head.form;
}

/* Locked, and still the file of this name: while it was not ours another worker may have replaced it. */
static bool is_locked(int fd, const char *path) {
  struct stat locked, named;
  return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &locked) == 0 && stat(path, &named) == 0 &&
         named.st_ino == locked.st_ino && named.st_dev == locked.st_dev;
}

/* The file, locked; -1 where it failed. Others have the lock for as long as they take to make the file; one that was
 * stopped meanwhile must not keep all the rest from starting. */
static int open_locked(const char *path, struct bo_problem *problem) {
  int why = 0;
  for (int tries = 0; tries < LOCK_TRIES; tries++) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
      failed("cannot open", path, problem);
      return -1;
    }
    errno = EWOULDBLOCK; /* replaced by another, where no call fails */
    if (is_locked(fd, path)) return fd;
    why = errno;
    (void)close(fd);
    (void)usleep(LOCK_PAUSE_US);
  }
  errno = why;
  failed("cannot lock", path, problem);
  return -1;
}

void *bo_shared_file_map(const char *path, struct bo_shared_head *own, size_t size, uint64_t form,
                         struct bo_problem *problem) {
  const struct wanted wanted = {path, size, {form}};
  void *mapped = MAP_FAILED;
  if (path[0] == '\0') return own;
  int fd = open_locked(path, problem);
  if (fd < 0) return NULL;
  if (is_ours(&wanted, fd) || replace(&wanted, &fd, problem)) {
    mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) failed("cannot map", path, problem);
  }
  (void)flock(fd, LOCK_UN); /* what is mapped keeps the descriptor's lock, too */
  (void)close(fd);
  return mapped == MAP_FAILED ? NULL : mapped;
}
