#include "http/router.h"

#include <string.h>

#include "http/problem_json.h"

static const char id_mark[] = "{id}";

static bool matches(const struct bo_route *route, const char *path, const char **id) {
  const char *mark = strstr(route->pattern, id_mark);
  size_t fixed;

  *id = NULL;
  if (mark == NULL)
    return strcmp(route->pattern, path) == 0;
  fixed = (size_t)(mark - route->pattern);
  if (strncmp(route->pattern, path, fixed) != 0)
    return false;
  *id = path + fixed;
  return **id != '\0' && strchr(*id, '/') == NULL;
}

const struct bo_route *bo_router_find(const struct bo_router *router, const char *path, const char **id) {
  size_t prefix = strlen(router->prefix);

  if (strncmp(path, router->prefix, prefix) == 0 && path[prefix] == '/')
    path += prefix;
  for (size_t i = 0; i < router->n_routes; i++)
    if (matches(&router->routes[i], path, id))
      return &router->routes[i];
  *id = NULL;
  return NULL;
}

/* The sets that routes can have; a new one would need its text here. */
static const char *allow_text(unsigned methods) {
  switch (methods) {
  case BO_METHOD_GET:
    return "GET, HEAD, OPTIONS";
  case BO_METHOD_POST:
    return "POST, OPTIONS";
  default:
    return "GET, HEAD, POST, OPTIONS";
  }
}

void bo_router_dispatch(const struct bo_router *router, void *context, const struct bo_request *request,
                        struct bo_response *response) {
  struct bo_problem problem;
  const char *id = NULL;
  const struct bo_route *route = bo_router_find(router, request->path, &id);
  unsigned method = request->method == BO_METHOD_HEAD ? BO_METHOD_GET : request->method;

  *response = (struct bo_response){0};
  problem.code = BO_PROBLEM_NONE;
  if (route == NULL) {
    bo_problem_set(&problem, BO_PROBLEM_NOT_FOUND, "there is nothing at this path");
    bo_problem_respond(&problem, request, response);
    return;
  }
  response->route = route->name;
  if (method == BO_METHOD_OPTIONS) {
    response->status = 204;
    response->allow = allow_text(route->methods);
    return;
  }
  if ((method & route->methods) == 0) {
    response->allow = allow_text(route->methods);
    bo_problem_set(&problem, BO_PROBLEM_METHOD, "%s takes %s", route->pattern, response->allow);
    bo_problem_respond(&problem, request, response);
    return;
  }
  if (!route->handler(context, request, id, response, &problem))
    bo_problem_respond(&problem, request, response);
}
