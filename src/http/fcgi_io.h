/* FastCGI requests from the listening socket that the process was given as file descriptor 0: one at a time.
 * The only file that knows <fcgiapp.h>. */
#ifndef BO_HTTP_FCGI_IO_H
#define BO_HTTP_FCGI_IO_H

#include <stdbool.h>

#include "http/request.h"
#include "http/response.h"
#include "util/arena.h"
#include "util/problem.h"

struct bo_fcgi;

/* Takes over descriptor 0 and the signals: TERM, INT, QUIT and USR1 ask to leave and are blocked but while waiting
 * for a request, so that none is cut short; PIPE is ignored; ALRM ends a worker that got stuck. One a process.
 * NULL: MISCONFIGURED (0 is no listening socket) or OUT_OF_MEMORY. */
struct bo_fcgi *bo_fcgi_open(struct bo_problem *problem) BO_MUST_CHECK;
void bo_fcgi_free(struct bo_fcgi *fcgi); /* NULL is fine */

enum bo_fcgi_event {
  BO_FCGI_REQUEST, /* `request` is filled in, its body read to the end */
  BO_FCGI_BROKEN,  /* the same, but it cannot be served: answer `problem` */
  BO_FCGI_LEAVE    /* a signal asked for it */
};

/* Waits for the next request; what it keeps of it goes into the arena, which the caller has reset. The body
 * lives until the next call. From here until the next one every line of the log names the request, and the alarm
 * (BO_WORKER_ALARM_S) runs. */
enum bo_fcgi_event bo_fcgi_next(struct bo_fcgi *fcgi, struct bo_arena *arena, struct bo_request *request,
                                struct bo_problem *problem) BO_MUST_CHECK;

/* Sends the answer to the request of the last bo_fcgi_next and closes its connection. False: the client is
 * gone, which is no failure of what was asked. */
bool bo_fcgi_answer(struct bo_fcgi *fcgi, const struct bo_request *request, const struct bo_response *response);

/* Starts the alarm anew, for work after the answer. */
void bo_fcgi_restart_alarm(void);

/* Has a signal asked to leave? Then what may be left undone is. */
bool bo_fcgi_leaving(void);

#endif
