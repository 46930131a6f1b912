#include "util/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Holds all that an ordinary request asks for. */
enum { FIRST_BLOCK = 32 * 1024 };

struct block {
  struct block *next; /* older */
  size_t size;        /* of bytes */
  size_t used;
  _Alignas(max_align_t) unsigned char bytes[];
};

struct owned {
  struct owned *next; /* older */
  void *object;
  void (*dispose)(void *);
};

struct bo_arena {
  struct block *newest; /* the list ends with the first block, which resets keep */
  struct owned *owned;
};

static struct block *block_new(size_t size, struct block *next) {
  struct block *block;

  if (size > SIZE_MAX - sizeof(*block))
    return NULL;
  block = malloc(sizeof(*block) + size);
  if (block != NULL) {
    block->next = next;
    block->size = size;
    block->used = 0;
  }
  return block;
}

struct bo_arena *bo_arena_new(void) {
  struct bo_arena *arena = calloc(1, sizeof(*arena));

  if (arena == NULL)
    return NULL;
  arena->newest = block_new(FIRST_BLOCK, NULL);
  if (arena->newest == NULL) {
    free(arena);
    return NULL;
  }
  return arena;
}

void bo_arena_reset(struct bo_arena *arena) {
  /* The records of what is owned live in the blocks: dispose first. */
  for (struct owned *owned = arena->owned; owned != NULL; owned = owned->next)
    owned->dispose(owned->object);
  arena->owned = NULL;
  while (arena->newest->next != NULL) {
    struct block *block = arena->newest;

    arena->newest = block->next;
    free(block);
  }
  arena->newest->used = 0;
}

void bo_arena_free(struct bo_arena *arena) {
  if (arena == NULL)
    return;
  bo_arena_reset(arena);
  free(arena->newest);
  free(arena);
}

void *bo_arena_alloc(struct bo_arena *arena, size_t size) {
  const size_t align = _Alignof(max_align_t);
  struct block *block = arena->newest;
  size_t padded;
  void *bytes;

  if (size > SIZE_MAX - align)
    return NULL;
  padded = size == 0 ? align : (size + align - 1) / align * align;
  if (padded > block->size - block->used) {
    block = block_new(padded > FIRST_BLOCK ? padded : FIRST_BLOCK, arena->newest);
    if (block == NULL)
      return NULL;
    arena->newest = block;
  }
  bytes = block->bytes + block->used;
  block->used += padded;
  memset(bytes, 0, size);
  return bytes;
}

void *bo_arena_array(struct bo_arena *arena, size_t count, size_t size) {
  size_t total;

  if (__builtin_mul_overflow(count, size, &total))
    return NULL;
  return bo_arena_alloc(arena, total);
}

char *bo_arena_strndup(struct bo_arena *arena, const char *text, size_t length) {
  char *copy;

  if (length == SIZE_MAX)
    return NULL;
  copy = bo_arena_alloc(arena, length + 1);
  if (copy != NULL && length > 0)
    memcpy(copy, text, length); /* alloc zeroed the last byte */
  return copy;
}

char *bo_arena_strdup(struct bo_arena *arena, const char *text) { return bo_arena_strndup(arena, text, strlen(text)); }

char *bo_arena_printf(struct bo_arena *arena, const char *format, ...) {
  va_list args;
  char *text = NULL;
  int length;

  va_start(args, format);
  length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length < 0)
    return NULL;
  text = bo_arena_alloc(arena, (size_t)length + 1);
  if (text == NULL)
    return NULL;
  va_start(args, format);
  length = vsnprintf(text, (size_t)length + 1, format, args);
  va_end(args);
  return length < 0 ? NULL : text;
}

bool bo_arena_own(struct bo_arena *arena, void *object, void (*dispose)(void *)) {
  struct owned *owned = bo_arena_alloc(arena, sizeof(*owned));

  if (owned == NULL) {
    dispose(object);
    return false;
  }
  *owned = (struct owned){.next = arena->owned, .object = object, .dispose = dispose};
  arena->owned = owned;
  return true;
}
