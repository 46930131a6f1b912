/* A GET with nothing in it, to be filled in by a test. */
#ifndef BO_TESTS_BLANK_REQUEST_H
#define BO_TESTS_BLANK_REQUEST_H

#include <stdlib.h>
#include <string.h>

#include "http/request.h"

static inline const char *only_a_method(void *context, const char *name) {
  (void)context;
  return strcmp(name, "REQUEST_METHOD") == 0 ? "GET" : NULL;
}

static inline void blank_request(struct bo_request *request, struct bo_arena *arena) {
  struct bo_problem no_memory = {0};

  if (!bo_request_init(request, arena, only_a_method, NULL, &no_memory))
    abort();
}

#endif
