/* One HTTP request as a handler sees it: pure data, no socket behind it. */
#ifndef BO_HTTP_REQUEST_H
#define BO_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "http/trace.h"
#include "util/arena.h"
#include "util/problem.h"

enum bo_method { /* bits, so that a route can name a set */
  BO_METHOD_GET = 1,
  BO_METHOD_HEAD = 2,
  BO_METHOD_POST = 4,
  BO_METHOD_OPTIONS = 8,
  BO_METHOD_OTHER = 16
};

enum bo_body_state {
  BO_BODY_WHOLE,     /* all of it is here; it may be empty */
  BO_BODY_TOO_LARGE, /* over BO_BODY_MAX; `body` is empty */
  BO_BODY_TORN       /* its length is not the Content-Length given, or reading failed; `body` is empty */
};

enum { BO_REQUEST_ID_MIN = 8, BO_REQUEST_ID_MAX = 128 };

/* Strings live until the arena is reset; none is NULL but where said. */
struct bo_request {
  struct bo_arena *arena; /* of this request; everything made for its answer lives there */
  enum bo_method method;
  const char *path;          /* decoded by nginx, without the query */
  const char *query;         /* as it came, percent-encoded; "": none */
  const char *content_type;  /* "": none */
  const char *if_none_match; /* "": none */
  const char *remote_user;   /* NULL: nobody has been authenticated */
  char id[BO_REQUEST_ID_MAX + 1];
  struct bo_trace trace; /* of an ill-formed header: as of none */
  enum bo_body_state body_state;
  const char *body; /* NUL-terminated, though NULs may be inside */
  size_t body_length;
  bool has_content_length;
  size_t content_length; /* SIZE_MAX where the given one is no number */
};

/* A CGI variable, or NULL. */
typedef const char *bo_request_variable(void *context, const char *name);

/* Fills in all but the body, from CGI variables. Copies what it keeps. OUT_OF_MEMORY; even then id and arena
 * are set and the strings are "" or NULL, so that the problem can be answered. */
bool bo_request_init(struct bo_request *request, struct bo_arena *arena, bo_request_variable *variable, void *context,
                     struct bo_problem *problem) BO_MUST_CHECK;

/* BO_REQUEST_ID_MIN to BO_REQUEST_ID_MAX of A-Z a-z 0-9 . _ -: what a client's names of requests may be. The text ends in
 * NUL, and may have others inside. */
bool bo_request_id_is_sane(const char *id, size_t length);

/* Is the Content-Type this media type? Parameters and case do not matter. */
bool bo_request_content_is(const struct bo_request *request, const char *media_type);

/* Does If-None-Match name `etag` (quoted) or "*"? Weak comparison, as RFC 9110 wants for it. */
bool bo_request_knows_etag(const struct bo_request *request, const char *etag);

#endif
