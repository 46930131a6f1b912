/* Takes the place of src/util/arena.c: each piece is an allocation of its own, of just its size, so that a sanitizer sees
 * who reads or writes past it; and one of them can be made to fail. */
#include "util/arena.h"

#include <stdarg.h>

#include "tests/fuzz/fuzz.h"

struct piece {
  struct piece *next; /* older */
  void *bytes;
  void (*dispose)(void *);
};

struct bo_arena {
  struct piece *newest;
};

struct bo_arena *bo_arena_new(void) { return calloc(1, sizeof(struct bo_arena)); }

void bo_arena_reset(struct bo_arena *arena) {
  while (arena->newest != NULL) {
    struct piece *piece = arena->newest;

    arena->newest = piece->next;
    piece->dispose(piece->bytes);
    free(piece);
  }
}

void bo_arena_free(struct bo_arena *arena) {
  if (arena != NULL)
    bo_arena_reset(arena);
  free(arena);
}

static void keep(struct bo_arena *arena, void *bytes, void (*dispose)(void *)) {
  struct piece *piece = malloc(sizeof(*piece));

  FUZZ_REQUIRE(piece != NULL);
  *piece = (struct piece){.next = arena->newest, .bytes = bytes, .dispose = dispose};
  arena->newest = piece;
}

void *bo_arena_alloc(struct bo_arena *arena, size_t size) {
  void *bytes;

  if (fuzz_trouble_now(FUZZ_NO_MEMORY))
    return NULL;
  bytes = calloc(1, size == 0 ? 1 : size);
  if (bytes != NULL)
    keep(arena, bytes, free);
  return bytes;
}

void *bo_arena_array(struct bo_arena *arena, size_t count, size_t size) {
  size_t total;

  return __builtin_mul_overflow(count, size, &total) ? NULL : bo_arena_alloc(arena, total);
}

char *bo_arena_strndup(struct bo_arena *arena, const char *text, size_t length) {
  char *copy = length == SIZE_MAX ? NULL : bo_arena_alloc(arena, length + 1);

  if (copy != NULL && length > 0)
    memcpy(copy, text, length);
  return copy;
}

char *bo_arena_strdup(struct bo_arena *arena, const char *text) { return bo_arena_strndup(arena, text, strlen(text)); }

char *bo_arena_printf(struct bo_arena *arena, const char *format, ...) {
  va_list args;
  char *text = NULL, *copy;

  va_start(args, format);
  FUZZ_REQUIRE(vasprintf(&text, format, args) >= 0);
  va_end(args);
  copy = bo_arena_strdup(arena, text);
  free(text);
  return copy;
}

bool bo_arena_own(struct bo_arena *arena, void *object, void (*dispose)(void *)) {
  if (fuzz_trouble_now(FUZZ_NO_MEMORY)) {
    dispose(object);
    return false;
  }
  keep(arena, object, dispose);
  return true;
}
