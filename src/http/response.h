/* One HTTP answer: what a handler fills in, and its head as CGI text. Pure. */
#ifndef BO_HTTP_RESPONSE_H
#define BO_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"
#include "util/buf.h"
#include "util/problem.h"

#define BO_TYPE_JSON "application/json"
#define BO_TYPE_HEALTH "application/health+json"
#define BO_TYPE_PROBLEM "application/problem+json"

/* Strings are borrowed: static, or in the request's arena, or as the handler's own contract says. */
struct bo_response {
  int status;
  const char *route;         /* for the log; NULL: none matched */
  const char *content_type;  /* NULL: no body, and no Content-Length either */
  const char *body;          /* `length` bytes */
  size_t length;
  const char *cache_control; /* NULL: not sent; so for the next two */
  const char *allow;
  const char *etag;
  unsigned retry_after_s;         /* 0: not sent */
  enum bo_problem_code problem;   /* NONE where all went well */
  char detail[256];               /* the problem's, for the log */
};

/* Makes the text the body: the buffer's memory goes to the request's arena in every case. One that has failed is
 * OUT_OF_MEMORY. */
bool bo_response_json(struct bo_response *response, const struct bo_request *request, int status,
                      const char *content_type, struct bo_buf *text, struct bo_problem *problem) BO_MUST_CHECK;

/* The head: "Status: 200 OK\r\n", the fields, and the empty line. `head` tells of failure. (nginx hides the
 * X-Request-ID given here, for it adds its own to every answer.) */
void bo_response_head(const struct bo_response *response, const char *request_id, struct bo_buf *head);

#endif
