/* A request's body as one JSON object, or a problem. Nothing passes that two readers could understand in two
 * ways. Pure. */
#ifndef BO_HTTP_JSON_BODY_H
#define BO_HTTP_JSON_BODY_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"
#include "util/arena.h"
#include "util/problem.h"

/* One parser a worker, reused. */
struct bo_json_reader;
struct bo_json_reader *bo_json_reader_new(void) BO_MUST_CHECK; /* NULL: out of memory */
void bo_json_reader_free(struct bo_json_reader *reader);       /* NULL is fine */

/* The text as an object that belongs to the arena. MALFORMED, OUT_OF_MEMORY. */
bool bo_json_read(struct bo_json_reader *reader, const char *text, size_t length, struct bo_arena *arena,
                  json_object **out, struct bo_problem *problem) BO_MUST_CHECK;

/* The request's body, with what HTTP says of it: TOO_LARGE, NOT_JSON (Content-Type), MALFORMED, in this order. */
bool bo_json_body(struct bo_json_reader *reader, const struct bo_request *request, json_object **out,
                  struct bo_problem *problem) BO_MUST_CHECK;

#endif
