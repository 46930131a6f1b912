/* Bytes on the workers' socket -> libfcgi -> request -> answer, over an office without stores. After each input comes a
 * sane request on a connection of its own: it must be answered. First byte, where it is odd: the rest is what a
 * FastCGI client would send as parameters (up to the first empty entry) and as a body; else it is sent as it is. */
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api.h"
#include "api/routes.h"
#include "http/fcgi_io.h"
#include "http/problem_json.h"
#include "tests/fuzz/fuzz.h"
#include "util/buf.h"

enum { BEGIN = 1, PARAMS = 4, STDIN = 5 };

/* libfcgi 2.4.2 loses 48 bytes over a management record whose parameters are torn (ProcessManagementRecord). nginx sends
 * none. What our own code allocates is still looked for. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfcgi.so\n"; }

/* It also ends the process by an assertion where it gets no memory, and lengths of 2 GB that a peer makes up ask for more
 * than there is. (nginx makes up none; to a worker it is as a kill.) Here it ends the connection: the next accept of
 * libfcgi finishes what is half done. */
static jmp_buf no_memory;
void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
  if (strcmp(function, "Malloc") == 0)
    longjmp(no_memory, 1);
  fprintf(stderr, "%s:%u: %s: not so: %s\n", file, line, function, assertion);
  abort();
}

static char sane_id[64]; /* another one each time: libFuzzer learns what its input is compared with */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size;
static struct bo_fcgi *fcgi;
static struct bo_json_reader *reader;

static void on_alarm(int number) {
  (void)number;
  abort(); /* a hang: libFuzzer keeps the input */
}

/* Once: a listening socket as descriptor 0, as spawn-fcgi gives it. */
static void set_up(void) {
  struct bo_problem problem;
  int fd = socket(AF_UNIX, SOCK_STREAM, 0), n;

  n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "boxoffice-fuzz-%ld", (long)getpid());
  address_size = (socklen_t)(sizeof(sa_family_t) + 1 + (size_t)n);
  FUZZ_REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, address_size) == 0 && listen(fd, 8) == 0);
  FUZZ_REQUIRE(dup2(fd, 0) == 0 && close(fd) == 0);
  fcgi = bo_fcgi_open(&problem);
  reader = bo_json_reader_new();
  FUZZ_REQUIRE(fcgi != NULL && reader != NULL && signal(SIGALRM, on_alarm) != SIG_ERR);
}

static void put_record(struct bo_buf *out, int kind, const void *content, size_t length) {
  do {
    size_t piece = length < 65528 ? length : 65528;
    const unsigned char head[8] = {1, (unsigned char)kind, 0, 1, (unsigned char)(piece >> 8), (unsigned char)piece, 0, 0};

    bo_buf_append(out, head, sizeof(head));
    bo_buf_append(out, content, piece);
    content = (const char *)content + piece;
    length -= piece;
  } while (length > 0);
}

static void put_pair(struct bo_buf *out, const char *entry) {
  size_t name = strcspn(entry, "="), value = entry[name] == '=' ? strlen(entry + name + 1) : 0;

  for (int i = 0; i < 2; i++) {
    size_t size = i == 0 ? name : value;
    const unsigned char wide[4] = {(unsigned char)(0x80 | size >> 24), (unsigned char)(size >> 16),
                                   (unsigned char)(size >> 8), (unsigned char)size};
    const unsigned char narrow = (unsigned char)size;

    bo_buf_append(out, size < 128 ? &narrow : wide, size < 128 ? 1 : 4);
  }
  bo_buf_append(out, entry, name);
  bo_buf_append(out, entry + name + 1, value);
}

/* As nginx would: parameters, then the body. */
static void put_request(struct bo_buf *out, struct fuzz_input input) {
  struct bo_buf params;

  bo_buf_init(&params, 0);
  put_record(out, BEGIN, "\0\1\0\0\0\0\0\0", 8);
  while (input.left > 0) {
    char *entry = fuzz_text(&input);
    bool more = entry[0] != '\0';

    if (more)
      put_pair(&params, entry);
    free(entry);
    if (!more)
      break;
  }
  if (params.length > 0)
    put_record(out, PARAMS, params.data, params.length);
  put_record(out, PARAMS, "", 0);
  if (input.left > 0)
    put_record(out, STDIN, input.at, input.left);
  put_record(out, STDIN, "", 0);
  bo_buf_free(&params);
}

/* Sends all of it and reads to the end, or until nothing comes for so long; a peer that stops reading is no mistake. */
static void talk(const struct bo_buf *sent, struct bo_buf *got, int patience_ms) {
  const struct timeval patience = {.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  char piece[4096];
  ssize_t n;

  FUZZ_REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, address_size) == 0);
  for (size_t at = 0; at < sent->length;) {
    struct pollfd ready = {.fd = fd, .events = POLLOUT | POLLIN};

    FUZZ_REQUIRE(poll(&ready, 1, -1) == 1);
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
      if (n <= 0)
        break;
      bo_buf_append(got, piece, (size_t)n);
    }
    if ((ready.revents & POLLOUT) != 0) {
      n = send(fd, sent->data + at, sent->length - at, MSG_DONTWAIT | MSG_NOSIGNAL);
      at += n > 0 ? (size_t)n : 0;
    }
  }
  (void)shutdown(fd, SHUT_WR);
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
    bo_buf_append(got, piece, (size_t)n);
  (void)close(fd);
}

static void *client(void *context) {
  static const char sane[] = "REQUEST_METHOD=GET%cDOCUMENT_URI=/summary/000000000000000000000000%cHTTP_X_REQUEST_ID=%s";
  const struct bo_buf *hostile = context;
  struct bo_buf sent, got;
  char entries[256];
  int length = snprintf(entries, sizeof(entries), sane, 0, 0, sane_id);

  bo_buf_init(&sent, 0);
  bo_buf_init(&got, 0);
  talk(hostile, &got, 50); /* one that libfcgi gave up in the middle is closed when the next one comes */
  bo_buf_reset(&got);
  put_request(&sent, (struct fuzz_input){(const uint8_t *)entries, (size_t)length});
  talk(&sent, &got, 10000);
  FUZZ_REQUIRE(got.length > 8 && memmem(got.data, got.length, "Status: 200 OK\r\n", 16) != NULL);
  FUZZ_REQUIRE(memmem(got.data, got.length, sane_id, strlen(sane_id)) != NULL);
  bo_buf_free(&sent);
  bo_buf_free(&got);
  return NULL;
}

/* As serve_one of worker.c; false for the sane request. */
static bool serve_one(struct bo_arena *arena) {
  static const struct bo_config config = {.max_seats = 10};
  struct bo_request request;
  struct bo_response response = {0};
  struct bo_problem problem;
  struct bo_api api = {.config = &config, .reader = reader, .deadline = bo_deadline_in(BO_REQUEST_STEPS_MS)};
  enum bo_fcgi_event event;

  (void)setjmp(no_memory);
  bo_arena_reset(arena);
  event = bo_fcgi_next(fcgi, arena, &request, &problem);
  FUZZ_REQUIRE(event == BO_FCGI_REQUEST);
  bo_router_dispatch(&bo_routes, &api, &request, &response);
  fuzz_require_answer(&request, &response);
  (void)bo_fcgi_answer(fcgi, &request, &response);
  return strcmp(request.id, sane_id) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_input input = {data, size};
  struct bo_arena *arena = bo_arena_new();
  struct bo_buf hostile;
  pthread_t thread;
  static unsigned long turn;

  (void)snprintf(sane_id, sizeof(sane_id), "sane-request-%lu", turn++);
  if (fcgi == NULL)
    set_up();
  bo_buf_init(&hostile, 0);
  if (fuzz_byte(&input) % 2 != 0)
    put_request(&hostile, input);
  else
    bo_buf_append(&hostile, input.at, input.left);
  FUZZ_REQUIRE(arena != NULL && pthread_create(&thread, NULL, client, &hostile) == 0);
  while (serve_one(arena)) {
  }
  FUZZ_REQUIRE(pthread_join(thread, NULL) == 0);
  bo_buf_free(&hostile);
  bo_arena_free(arena);
  return 0;
}
