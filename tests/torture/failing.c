/* LD_PRELOADed into a worker: makes its Nth fallible call fail, once or from there on for ever, and tells what became of
 * it. What is to fail stands in a file that the test and the worker both map (TORTURE_CONTROL; struct control; lib.py).
 * Nothing is counted before the test arms it, so that start-up is not meant. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

enum kind { KIND_NONE, KIND_MEMORY, KIND_STORES, KIND_STREET };

struct control {
  int32_t pid;  /* the worker that is meant */
  int32_t kind; /* set last: arms */
  int64_t nth;  /* from 1 */
  int32_t for_ever;
  int32_t fired;  /* how many calls failed */
  int64_t counted;
  int64_t live;    /* allocations that the one worker made since its start, and has not freed */
  char where[512]; /* of the first call that failed: "function < object+offset < ..." */
  char ended[256]; /* how the process ended itself: "abort < ..." */
};

static struct control *control;
static bool ours;
static int street_fd = -1; /* the FastCGI connection */
static __thread int inside;

/* Calls of these may come before the constructor has run, so each looks for its own. */
#define REAL(name) ((__typeof__(name) *)next(&real_##name, #name))
#define DECLARE(name) static void *real_##name;
static void *next(void **kept, const char *name) {
  if (*kept == NULL)
    *kept = dlsym(RTLD_NEXT, name);
  return *kept;
}

/* dlsym itself may ask for memory. */
static char early[4096];
static size_t early_used;

static bool is_early(const void *memory) { return (const char *)memory >= early && (const char *)memory < early + sizeof(early); }

static void *from_early(size_t size) {
  void *memory = early + early_used;

  early_used += (size + 15) / 16 * 16;
  if (early_used > sizeof(early))
    _exit(99);
  return memory;
}

static void describe(char *out, size_t size, const char *what, void *const *frames, int n) {
  size_t length = (size_t)snprintf(out, size, "%s", what);

  for (int i = 0; i < n && length < size; i++) {
    Dl_info info;
    bool known = dladdr(frames[i], &info) != 0 && info.dli_fname != NULL;
    const char *slash = known ? strrchr(info.dli_fname, '/') : NULL;

    if (known && strstr(info.dli_fname, "failing.so") != NULL)
      continue;
    length += (size_t)snprintf(out + length, size - length, " < %s+%lx", !known ? "?" : slash != NULL ? slash + 1 : info.dli_fname,
                               (unsigned long)((char *)frames[i] - (known ? (char *)info.dli_fbase : NULL)));
  }
}

static void describe_caller(char *out, size_t size, const char *what) {
  void *frames[12];

  describe(out, size, what, frames, backtrace(frames, 12));
}

static bool is_meant(void) { return ours && control->pid == getpid(); }

/* Is it this call's turn to fail? */
static bool fails(enum kind kind, const char *what) {
  int kept = errno;
  bool turn;

  if (inside != 0 || !is_meant() || control->kind != (int32_t)kind)
    return false;
  inside++;
  control->counted++;
  turn = control->counted == control->nth || (control->for_ever && control->counted > control->nth);
  if (turn && control->fired++ == 0)
    describe_caller(control->where, sizeof(control->where), what);
  inside--;
  errno = kept;
  return turn;
}

static enum kind kind_of(int fd) { return fd == street_fd ? KIND_STREET : KIND_STORES; }

static void count_live(int64_t change) {
  if (ours)
    control->live += change;
}

/* Where the build counts what it runs (tests/analysis/coverage.py): a process that is killed or ends itself would not write
 * it down. */
static void (*gcov_dump)(void), (*gcov_reset)(void);

static void write_down_coverage(void) {
  int kept = errno;

  if (!ours || gcov_dump == NULL || gcov_reset == NULL)
    return;
  inside++;
  gcov_dump();
  gcov_reset();
  inside--;
  errno = kept;
}

/* -- how it ends ------------------------------------------------------------------------------------- */

static void on_fault(int number, siginfo_t *info, void *context) {
  void *at = (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

  (void)info;
  if (ours && control->ended[0] == '\0') {
    char name[32];
    void *frames[12];
    int n = backtrace(frames + 1, 11) + 1;

    frames[0] = at;
    (void)snprintf(name, sizeof(name), "signal %d", number);
    describe(control->ended, sizeof(control->ended), name, frames, n);
  }
  write_down_coverage();
  (void)signal(number, SIG_DFL);
  (void)raise(number);
}

void abort(void) {
  inside++;
  if (ours && control->ended[0] == '\0')
    describe_caller(control->ended, sizeof(control->ended), "abort");
  write_down_coverage();
  (void)signal(SIGABRT, SIG_DFL);
  (void)kill(getpid(), SIGABRT);
  _exit(98);
}

void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
  char what[160];

  inside++;
  (void)snprintf(what, sizeof(what), "assert %.60s in %.40s of %.30s:%u", assertion, function, file, line);
  if (ours && control->ended[0] == '\0')
    describe_caller(control->ended, sizeof(control->ended), what);
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("TORTURE_CONTROL");
  const struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_RESETHAND};
  void *frames[2];
  int fd;

  if (path == NULL || strcmp(program_invocation_short_name, "boxoffice-fcgi") != 0)
    return;
  (void)backtrace(frames, 2); /* the first call asks for memory */
  fd = open(path, O_RDWR | O_CLOEXEC);
  control = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (fd < 0 || control == MAP_FAILED)
    _exit(97);
  (void)close(fd);
  gcov_dump = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "__gcov_dump");
  gcov_reset = (void (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "__gcov_reset");
  control->live = 0;
  (void)sigaction(SIGSEGV, &action, NULL);
  (void)sigaction(SIGBUS, &action, NULL);
  (void)sigaction(SIGFPE, &action, NULL);
  ours = true;
}

/* -- memory ------------------------------------------------------------------------------------------ */

DECLARE(malloc)
DECLARE(calloc)
DECLARE(realloc)
DECLARE(free)
DECLARE(posix_memalign)
DECLARE(aligned_alloc)

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

static void *counted(void *memory) {
  if (memory != NULL)
    count_live(1);
  return memory;
}

void *malloc(size_t size) { return fails(KIND_MEMORY, "malloc") ? no_memory() : counted(REAL(malloc)(size)); }

void *calloc(size_t n, size_t size) {
  static __thread bool looking;
  void *(*real)(size_t, size_t);

  if (looking)
    return from_early(n * size);
  if (fails(KIND_MEMORY, "calloc"))
    return no_memory();
  looking = real_calloc == NULL;
  real = REAL(calloc);
  looking = false;
  return counted(real(n, size));
}

void *realloc(void *old, size_t size) {
  if (fails(KIND_MEMORY, "realloc"))
    return no_memory();
  return old == NULL ? counted(REAL(realloc)(NULL, size)) : REAL(realloc)(old, size);
}

void free(void *memory) {
  if (memory == NULL || is_early(memory))
    return;
  count_live(-1);
  REAL(free)(memory);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  int status = fails(KIND_MEMORY, "posix_memalign") ? ENOMEM : REAL(posix_memalign)(out, alignment, size);

  if (status == 0)
    count_live(1);
  return status;
}

void *aligned_alloc(size_t alignment, size_t size) {
  return fails(KIND_MEMORY, "aligned_alloc") ? no_memory() : counted(REAL(aligned_alloc)(alignment, size));
}

/* -- the system -------------------------------------------------------------------------------------- */

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" /* the declaration of poll says that it only writes *fds */

/* A call that gives -1 and `error` where it fails; else the real one. */
#define WRAP(type, name, kind, error, parameters, arguments)                                                           \
  DECLARE(name)                                                                                                        \
  type name parameters {                                                                                               \
    if (fails(kind, #name)) {                                                                                          \
      errno = (error);                                                                                                 \
      return -1;                                                                                                       \
    }                                                                                                                  \
    return REAL(name) arguments;                                                                                       \
  }

WRAP(int, socket, KIND_STORES, EMFILE, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, KIND_STORES, ECONNREFUSED, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(ssize_t, send, kind_of(fd), ECONNRESET, (int fd, const void *bytes, size_t n, int flags), (fd, bytes, n, flags))
WRAP(ssize_t, sendmsg, kind_of(fd), ECONNRESET, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, write, kind_of(fd), EPIPE, (int fd, const void *bytes, size_t n), (fd, bytes, n))
WRAP(ssize_t, recv, kind_of(fd), ECONNRESET, (int fd, void *bytes, size_t n, int flags), (fd, bytes, n, flags))
WRAP(ssize_t, read, kind_of(fd), ECONNRESET, (int fd, void *bytes, size_t n), (fd, bytes, n))
WRAP(int, setsockopt, kind_of(fd), ENOMEM, (int fd, int level, int name, const void *value, socklen_t size),
     (fd, level, name, value, size))
WRAP(int, getsockopt, kind_of(fd), ENOBUFS, (int fd, int level, int name, void *value, socklen_t *size),
     (fd, level, name, value, size))
WRAP(ssize_t, getrandom, KIND_STORES, ENOSYS, (void *bytes, size_t n, unsigned flags), (bytes, n, flags))
WRAP(int, poll, kind_of(n > 0 ? fds[0].fd : -1), ENOMEM, (struct pollfd *fds, nfds_t n, int timeout), (fds, n, timeout))

DECLARE(accept)
DECLARE(close)
DECLARE(getaddrinfo)

int accept(int fd, struct sockaddr *address, socklen_t *size) {
  write_down_coverage();
  if (fails(KIND_STREET, "accept")) {
    errno = EMFILE;
    return -1;
  }
  return street_fd = REAL(accept)(fd, address, size);
}

int close(int fd) {
  if (fd == street_fd)
    street_fd = -1;
  return REAL(close)(fd);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
  return fails(KIND_STORES, "getaddrinfo") ? EAI_MEMORY : REAL(getaddrinfo)(node, service, hints, out);
}
