/* From method and path to a handler. Pure: the table is the caller's (api/routes.c). */
#ifndef BO_HTTP_ROUTER_H
#define BO_HTTP_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"
#include "http/response.h"
#include "util/problem.h"

/* `id` is the end of request->path that stands for {id}; NULL where the pattern has none. False:
 * problem tells why, and the router answers it. */
typedef bool bo_handler(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                        struct bo_problem *problem);

struct bo_route {
  const char *name;    /* for the log */
  const char *pattern; /* "/status/{id}": {id} may stand at its end, and is one segment that is not empty */
  unsigned methods;    /* a set of enum bo_method; GET brings HEAD, and OPTIONS is answered here */
  bo_handler *handler;
};

struct bo_router {
  const char *prefix; /* every path is also served below it */
  const struct bo_route *routes;
  size_t n_routes;
};

/* The route of a path, or NULL; *id as in bo_handler, but inside `path`. */
const struct bo_route *bo_router_find(const struct bo_router *router, const char *path, const char **id);

/* Answers the request: by its handler, or 404, 405, 204 (OPTIONS), or the handler's problem. */
void bo_router_dispatch(const struct bo_router *router, void *context, const struct bo_request *request,
                        struct bo_response *response);

#endif
