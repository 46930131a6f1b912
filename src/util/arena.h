/* Memory of one request: allocated piece by piece, freed at once. The first block is kept over resets, so
 * an ordinary request calls malloc not at all. */
#ifndef BO_UTIL_ARENA_H
#define BO_UTIL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "util/problem.h"

struct bo_arena;

struct bo_arena *bo_arena_new(void) BO_MUST_CHECK; /* NULL: out of memory */
void bo_arena_free(struct bo_arena *arena);        /* NULL is fine */
void bo_arena_reset(struct bo_arena *arena);       /* runs the dispose functions, last in first out */

/* Zeroed, aligned for any type; NULL only where memory is out. */
void *bo_arena_alloc(struct bo_arena *arena, size_t size) BO_MUST_CHECK;
void *bo_arena_array(struct bo_arena *arena, size_t count, size_t size) BO_MUST_CHECK; /* overflow: NULL */
char *bo_arena_strndup(struct bo_arena *arena, const char *text, size_t length) BO_MUST_CHECK;
char *bo_arena_strdup(struct bo_arena *arena, const char *text) BO_MUST_CHECK;
char *bo_arena_printf(struct bo_arena *arena, const char *format, ...) BO_MUST_CHECK
    __attribute__((format(printf, 2, 3)));

/* Hands a foreign object to the arena: dispose(object) is called at reset or free. On failure the object is
 * disposed of at once, so the caller never owns it after the call. */
bool bo_arena_own(struct bo_arena *arena, void *object, void (*dispose)(void *)) BO_MUST_CHECK;

#endif
