/* The query of a request's URL, as an HTML form writes it: name=value&..., percent-encoded, '+' for a space. Pure. */
#ifndef BO_HTTP_QUERY_H
#define BO_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"
#include "util/problem.h"

/* The value of a parameter: `*value` is NULL where it is not there, else NUL-terminated in the arena, though NULs may be
 * inside. MALFORMED where it is there twice, or its encoding is broken; OUT_OF_MEMORY. Other parameters are passed over. */
bool bo_query_find(const char *query, const char *name, struct bo_arena *arena, const char **value, size_t *length,
                   struct bo_problem *problem) BO_MUST_CHECK;

#endif
