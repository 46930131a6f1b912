#include <stdint.h>

#include "tests/unit/unit.h"
#include "util/arena.h"

static int disposed[3];
static int n_disposed;

static void note(void *object) { disposed[n_disposed++] = *(int *)object; }

START_TEST(memory_is_zeroed_and_aligned_after_reset_too) {
  struct bo_arena *arena = bo_arena_new();

  ck_assert_ptr_nonnull(arena);
  for (int round = 0; round < 3; round++) {
    for (size_t size = 0; size < 300; size++) {
      unsigned char *bytes = bo_arena_alloc(arena, size);

      ck_assert_ptr_nonnull(bytes);
      ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
      for (size_t i = 0; i < size; i++)
        ck_assert_uint_eq(bytes[i], 0);
      memset(bytes, 0xff, size);
    }
    bo_arena_reset(arena);
  }
  bo_arena_free(arena);
}
END_TEST

START_TEST(large_pieces_fit_and_pieces_do_not_overlap) {
  struct bo_arena *arena = bo_arena_new();
  char *small = bo_arena_alloc(arena, 100), *large = bo_arena_alloc(arena, 1000000), *next = bo_arena_alloc(arena, 100);

  ck_assert(small != NULL && large != NULL && next != NULL);
  memset(small, 'a', 100);
  memset(large, 'b', 1000000);
  memset(next, 'c', 100);
  for (int i = 0; i < 100; i++)
    ck_assert(small[i] == 'a' && next[i] == 'c');
  bo_arena_free(arena);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused) {
  struct bo_arena *arena = bo_arena_new();

  ck_assert_ptr_null(bo_arena_alloc(arena, SIZE_MAX));
  ck_assert_ptr_null(bo_arena_alloc(arena, SIZE_MAX - 8));
  ck_assert_ptr_null(bo_arena_array(arena, SIZE_MAX / 2, 3));
  ck_assert_ptr_null(bo_arena_strndup(arena, "", SIZE_MAX));
  ck_assert_ptr_nonnull(bo_arena_alloc(arena, 1));
  bo_arena_free(arena);
}
END_TEST

START_TEST(text_is_copied) {
  struct bo_arena *arena = bo_arena_new();

  ck_assert_str_eq(bo_arena_strdup(arena, "S1"), "S1");
  ck_assert_str_eq(bo_arena_strndup(arena, "S1S2", 2), "S1");
  ck_assert_int_eq(memcmp(bo_arena_strndup(arena, "a\0b", 3), "a\0b", 4), 0);
  ck_assert_str_eq(bo_arena_printf(arena, "%s-%d", "S", 7), "S-7");
  bo_arena_free(arena);
}
END_TEST

START_TEST(owned_objects_are_disposed_of_once_last_first) {
  static int one = 1, two = 2, three = 3;
  struct bo_arena *arena = bo_arena_new();

  n_disposed = 0;
  ck_assert(bo_arena_own(arena, &one, note) && bo_arena_own(arena, &two, note));
  bo_arena_reset(arena);
  ck_assert_int_eq(n_disposed, 2);
  ck_assert_int_eq(disposed[0], 2);
  ck_assert_int_eq(disposed[1], 1);
  ck_assert(bo_arena_own(arena, &three, note));
  bo_arena_free(arena);
  ck_assert_int_eq(n_disposed, 3);
  ck_assert_int_eq(disposed[2], 3);
  bo_arena_free(NULL);
}
END_TEST

Suite *arena_suite(void) {
  Suite *suite = suite_create("arena");

  UNIT_CASE(suite, "arena", memory_is_zeroed_and_aligned_after_reset_too, large_pieces_fit_and_pieces_do_not_overlap,
            sizes_that_overflow_are_refused, text_is_copied, owned_objects_are_disposed_of_once_last_first);
  return suite;
}
