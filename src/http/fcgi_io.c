#include "http/fcgi_io.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/bounds.h"
#include "util/buf.h"
#include "util/log.h"

enum {
  LISTEN_FD = 0,
  /* A worker that was woken for a connection and killed before it took it has used up the wakening. Nobody
   * waits longer than this for the others to look again. */
  LOOK_AGAIN_MS = 1000,
  ACCEPT_US = 10 * 1000, /* see set_patience */
  BODY_DRAIN_MAX = 1024 * 1024 /* read and thrown away, so that a kept connection stays in step */
};

struct bo_fcgi {
  FCGX_Request request;
  bool in_hand;
  int epoll_fd;
  sigset_t waiting; /* the mask while waiting: those that ask to leave get through */
  struct bo_buf head;
  char body[BO_BODY_MAX + 1];
};

static volatile sig_atomic_t leaving;

/* Each asks to leave. QUIT is what multiwatch 1.0.0 sends where it is told to send TERM. */
static const int leave[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR1};
enum { N_LEAVE = sizeof(leave) / sizeof(leave[0]) };

static void on_leave(int number) {
  (void)number;
  leaving = 1;
}

/* The alarm is set anew for each request and never taken back: one that rings between two requests means nothing. */
static volatile sig_atomic_t busy;

/* The last resort against a wait without a bound (a peer that stops in mid-record): the default action ends the
 * process, and the process manager starts another. */
static void on_alarm(int number) {
  if (!busy)
    return;
  bo_log_last_words("a request took longer than the worker's alarm allows; the worker ends");
  (void)signal(number, SIG_DFL);
  (void)raise(number);
}

static bool set_signals(struct bo_fcgi *fcgi) {
  struct sigaction action = {.sa_handler = on_leave};
  struct sigaction on_alarm_action = {.sa_handler = on_alarm};
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigset_t blocked, alarm_set;
  bool ok;

  ok = sigemptyset(&blocked) == 0 && sigemptyset(&action.sa_mask) == 0 && sigemptyset(&alarm_set) == 0 &&
       sigaddset(&alarm_set, SIGALRM) == 0;
  for (size_t i = 0; i < N_LEAVE; i++)
    ok = ok && sigaddset(&blocked, leave[i]) == 0;
  ok = ok && sigprocmask(SIG_BLOCK, &blocked, &fcgi->waiting) == 0 &&
       sigprocmask(SIG_UNBLOCK, &alarm_set, NULL) == 0;
  for (size_t i = 0; i < N_LEAVE; i++)
    ok = ok && sigdelset(&fcgi->waiting, leave[i]) == 0 && sigaction(leave[i], &action, NULL) == 0;
  return ok && sigdelset(&fcgi->waiting, SIGALRM) == 0 && sigaction(SIGALRM, &on_alarm_action, NULL) == 0 &&
         sigaction(SIGPIPE, &ignore, NULL) == 0;
}

/* O_NONBLOCK belongs to the socket that all workers share, and whoever starts one may take it away: systemd does so for
 * each service with StandardInput=socket. Who then finds no connection to accept goes back to waiting all the same.
 * Of a Unix socket alone: a connection over TCP would inherit it. */
static bool set_patience(void) {
  struct timeval patience = {.tv_usec = ACCEPT_US};
  int domain = AF_UNSPEC;
  socklen_t size = sizeof(domain);

  if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
    return false;
  return domain != AF_UNIX || setsockopt(LISTEN_FD, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0;
}

/* Not blocking: several workers may be woken for one connection, and all but one must go back to waiting. */
static bool set_listener(struct bo_fcgi *fcgi, struct bo_problem *problem) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
  int listening = 0, flags;
  socklen_t size = sizeof(listening);

  if (getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || !listening)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "descriptor 0 is not a listening socket; start the worker with spawn-fcgi -n, or with systemd's "
                          "StandardInput=socket (boxoffice-fcgi -t only checks)");
  flags = fcntl(LISTEN_FD, F_GETFL);
  if (flags < 0 || fcntl(LISTEN_FD, F_SETFL, flags | O_NONBLOCK) != 0 || !set_patience())
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "the listening socket: %s", strerror(errno));
  fcgi->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (fcgi->epoll_fd < 0 || epoll_ctl(fcgi->epoll_fd, EPOLL_CTL_ADD, LISTEN_FD, &event) != 0)
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "epoll on the listening socket: %s", strerror(errno));
  return true;
}

/* libfcgi waits 2 s for the first byte of a new connection, and as long for the last at its close. */
static bool set_library(struct bo_fcgi *fcgi, struct bo_problem *problem) {
  struct sigaction ignore = {.sa_handler = SIG_IGN};

  if (setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "300", 0) != 0 ||
      setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "300", 0) != 0)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the environment");
  if (FCGX_Init() != 0 || FCGX_InitRequest(&fcgi->request, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "libfcgi does not start");
  /* It replaces an ignored SIGPIPE by a handler of its own, which would interrupt system calls. */
  if (sigaction(SIGPIPE, &ignore, NULL) != 0)
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "sigaction: %s", strerror(errno));
  return true;
}

struct bo_fcgi *bo_fcgi_open(struct bo_problem *problem) {
  struct bo_fcgi *fcgi = calloc(1, sizeof(*fcgi));

  if (fcgi == NULL) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the connection");
    return NULL;
  }
  fcgi->epoll_fd = -1;
  bo_buf_init(&fcgi->head, 16 * 1024);
  if (!set_signals(fcgi)) {
    bo_problem_set(problem, BO_PROBLEM_INTERNAL, "signals: %s", strerror(errno));
    goto failed;
  }
  if (!bo_buf_reserve(&fcgi->head, 8 * 1024)) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answers");
    goto failed;
  }
  if (!set_listener(fcgi, problem) || !set_library(fcgi, problem))
    goto failed;
  return fcgi;

failed:
  bo_fcgi_free(fcgi);
  return NULL;
}

void bo_fcgi_free(struct bo_fcgi *fcgi) {
  if (fcgi == NULL)
    return;
  (void)alarm(0);
  if (fcgi->in_hand)
    FCGX_Finish_r(&fcgi->request);
  if (fcgi->epoll_fd >= 0)
    (void)close(fcgi->epoll_fd);
  bo_buf_free(&fcgi->head);
  free(fcgi);
}

void bo_fcgi_restart_alarm(void) {
  busy = 1;
  (void)alarm(BO_WORKER_ALARM_S);
}

bool bo_fcgi_leaving(void) {
  sigset_t pending;
  bool asked = leaving != 0;

  if (!asked && sigpending(&pending) == 0)
    for (size_t i = 0; i < N_LEAVE; i++)
      asked = asked || sigismember(&pending, leave[i]) == 1;
  return asked;
}

/* True: there may be a connection. False: a signal, or time to look again. */
static bool wait_for_connection(struct bo_fcgi *fcgi) {
  struct epoll_event event;
  int ready = epoll_pwait(fcgi->epoll_fd, &event, 1, LOOK_AGAIN_MS, &fcgi->waiting);

  if (ready < 0 && errno != EINTR) {
    bo_log(BO_LOG_ERROR, "epoll_pwait: %s", strerror(errno));
    leaving = 1; /* cannot be: then better leave than spin */
  }
  /* On time-out look too: see LOOK_AGAIN_MS. */
  return ready >= 0;
}

/* To the end even where it is too large, so that an answer is not lost in a connection that is reset. */
static void read_body(struct bo_fcgi *fcgi, struct bo_request *request) {
  FCGX_Stream *in = fcgi->request.in;
  char scrap[4096];
  size_t length = 0, more = 0;
  int got;

  while (length < BO_BODY_MAX && (got = FCGX_GetStr(fcgi->body + length, (int)(BO_BODY_MAX - length), in)) > 0)
    length += (size_t)got;
  while (more < BODY_DRAIN_MAX && (got = FCGX_GetStr(scrap, (int)sizeof(scrap), in)) > 0)
    more += (size_t)got;
  if (more > 0)
    request->body_state = BO_BODY_TOO_LARGE;
  else if (FCGX_GetError(in) != 0 || (request->has_content_length && request->content_length != length))
    request->body_state = BO_BODY_TORN;
  if (request->body_state != BO_BODY_WHOLE)
    length = 0;
  fcgi->body[length] = '\0';
  request->body = fcgi->body;
  request->body_length = length;
}

static const char *variable(void *context, const char *name) {
  FCGX_Request *request = context;

  return FCGX_GetParam(name, request->envp);
}

/* False: no request came of it (another worker took the connection, or its peer said nothing). */
static bool accept_request(struct bo_fcgi *fcgi) {
  int status = FCGX_Accept_r(&fcgi->request);

  if (status == 0) {
    fcgi->in_hand = true;
    /* Whatever the peer asked for: libfcgi would wait on a kept connection alone, blind to the listener and to
     * signals, and an idle one would pin this worker. */
    fcgi->request.keepConnection = 0;
    return true;
  }
  if (status != -EAGAIN && status != -EINTR && status != -ECONNABORTED) {
    bo_log(BO_LOG_WARNING, "no request could be accepted: %d", status);
    /* Out of descriptors, say: the connection stays in the queue and would wake us again at once. */
    if (status == -EMFILE || status == -ENFILE || status == -ENOMEM || status == -ENOBUFS)
      (void)usleep(100000);
  }
  return false;
}

enum bo_fcgi_event bo_fcgi_next(struct bo_fcgi *fcgi, struct bo_arena *arena, struct bo_request *request,
                                struct bo_problem *problem) {
  bool complete;

  bo_log_set_request(NULL, NULL, NULL);
  for (;;) {
    busy = 0;
    if (leaving)
      return BO_FCGI_LEAVE;
    if (!wait_for_connection(fcgi))
      continue;
    /* Also where a signal came with it: the connection woke nobody else. */
    bo_fcgi_restart_alarm();
    if (accept_request(fcgi))
      break;
  }
  complete = bo_request_init(request, arena, variable, &fcgi->request, problem);
  bo_log_set_request(request->id, request->trace.trace_id, request->trace.parent_id);
  read_body(fcgi, request);
  return complete ? BO_FCGI_REQUEST : BO_FCGI_BROKEN;
}

static bool put(FCGX_Stream *out, const char *bytes, size_t length) {
  while (length > 0) {
    int piece = length > INT_MAX ? INT_MAX : (int)length;

    if (FCGX_PutStr(bytes, piece, out) != piece)
      return false;
    bytes += piece;
    length -= (size_t)piece;
  }
  return true;
}

bool bo_fcgi_answer(struct bo_fcgi *fcgi, const struct bo_request *request, const struct bo_response *response) {
  FCGX_Stream *out = fcgi->request.out;
  bool sent;

  bo_buf_reset(&fcgi->head);
  bo_response_head(response, request->id, &fcgi->head);
  sent = !fcgi->head.failed && put(out, fcgi->head.data, fcgi->head.length);
  if (sent && request->method != BO_METHOD_HEAD && response->content_type != NULL)
    sent = put(out, response->body, response->length);
  /* libfcgi collects 8 KiB: a small answer, its end included, goes out in this one write. */
  FCGX_Finish_r(&fcgi->request);
  fcgi->in_hand = false;
  return sent;
}
