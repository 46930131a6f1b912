/* The best seats, in halls drawn as text: a row a line; '.' free, 'x' taken, '#' blocked, ' ' an aisle, 'W' a wheelchair's
 * place, 'w' its companion (of the last W), both free; 'b' free, of category 1. */
#include <stdio.h>

#include "boxoffice/best.h"
#include "tests/unit/unit.h"

enum { SEATS = 200, GROUPS = 8 };

static struct bo_arena *arena;
static struct bo_seat_record seats[SEATS];
static unsigned char open_seats[SEATS];
static struct bo_show_record hall;
static struct bo_best_offer offer;
static struct bo_problem problem;

static void draw(const char *const *rows, size_t n_rows) {
  size_t last = BO_NONE;
  hall = (struct bo_show_record){.seats = seats};
  for (size_t row = 0; row < n_rows; row++) {
    for (size_t at = 0; rows[row][at]; at++) {
      char c = rows[row][at];
      if (c == ' ') continue;
      if (c == 'W') last = hall.n_seats;
      open_seats[hall.n_seats] = c != 'x';
      seats[hall.n_seats++] = (struct bo_seat_record){.row = row, .x = (double)at, .y = (double)row, .accessible = c == 'W',
                                                      .blocked = c == '#', .companion = c == 'w' ? last : BO_NONE,
                                                      .category = c == 'b' ? 1 : BO_NONE};
    }
  }
}

static void rank(struct bo_best_wish wish) {
  ck_assert(bo_best_rank(&hall, open_seats, &wish, GROUPS, arena, &offer, &problem));
}

/* The nth group as "<row><place>" a seat: "a3 a4". */
static const char *group(size_t n, size_t quantity) {
  char *text = bo_arena_alloc(arena, quantity * 4 + 1), *end = text;
  ck_assert_uint_lt(n, offer.n_groups);
  for (size_t i = 0; i < quantity; i++) {
    const struct bo_seat_record *seat = &seats[offer.groups[n].seats[i]];
    end += sprintf(end, "%s%c%d", i ? " " : "", (char)('a' + seat->row), (int)seat->x);
  }
  return text;
}

#define HALL(...) draw((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

START_TEST(near_the_focus_in_one_row) {
  HALL(".......", ".......", ".......", ".......");
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_str_eq(group(0, 3), "c2 c3 c4");
  ck_assert_str_eq(group(1, 3), "b2 b3 b4");
  ck_assert_uint_eq(offer.left, 28);
  hall.has_focus = true; /* the layout's own: at the left of the front row */
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_str_eq(group(0, 3), "a0 a1 a2");
}
END_TEST

START_TEST(no_group_over_an_aisle_or_around_a_corner) {
  HALL(".. ..", "x...x", ".. ..");
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_str_eq(group(0, 3), "b1 b2 b3");
  ck_assert_uint_eq(offer.n_groups, 1); /* groups in parts only where there is none in one */
}
END_TEST

START_TEST(no_orphan_where_there_is_another_choice) {
  HALL("...");
  rank((struct bo_best_wish){1, BO_NONE, false});
  ck_assert_str_ne(group(0, 1), "a1");
  HALL("x...x", "......");
  rank((struct bo_best_wish){2, BO_NONE, false});
  ck_assert_str_eq(group(0, 2), "b2 b3");
  ck_assert_uint_eq(offer.groups[0].n_orphans, 2);
  ck_assert_str_eq(group(1, 2), "b0 b1");
  ck_assert_uint_eq(offer.groups[1].n_orphans, 1); /* on its left is the wall, on its right a seat taken */
  ck_assert_uint_eq(offer.n_groups, 3);            /* the three seats of row a would be two and an orphan: look again */
  HALL("x...x");
  rank((struct bo_best_wish){2, BO_NONE, false});
  ck_assert_uint_eq(offer.n_groups, 1); /* no other choice */
  ck_assert_uint_eq(offer.groups[0].n_orphans, 0);
}
END_TEST

START_TEST(wheelchairs_places_are_no_orphans_and_kept_to_the_last) {
  HALL("W..", "Ww.");
  rank((struct bo_best_wish){2, BO_NONE, false});
  ck_assert_str_eq(group(0, 2), "a1 a2");
  ck_assert_uint_eq(offer.left, 6);
  rank((struct bo_best_wish){4, BO_NONE, false}); /* only three are kept for nobody */
  ck_assert_uint_eq(offer.n_groups, 1);
  HALL("W..W");
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_str_eq(group(0, 3), "a0 a1 a2");
}
END_TEST

START_TEST(companions_go_with_accessible_seats) {
  HALL("..Ww...", ".......");
  rank((struct bo_best_wish){2, BO_NONE, true});
  ck_assert_str_eq(group(0, 2), "a2 a3");
  ck_assert_uint_eq(offer.n_groups, 1);
  rank((struct bo_best_wish){1, BO_NONE, true});
  ck_assert_str_eq(group(0, 1), "a2");
  rank((struct bo_best_wish){3, BO_NONE, true});
  ck_assert_str_eq(group(0, 3), "a2 a3 a4"); /* a1 instead of a4 would leave an orphan */
  HALL("WwwW..W");
  rank((struct bo_best_wish){2, BO_NONE, true});
  ck_assert_str_eq(group(0, 2), "a0 a1"); /* not two accessible ones, nor a companion of another */
  HALL("......");
  rank((struct bo_best_wish){2, BO_NONE, true});
  ck_assert_uint_eq(offer.n_groups, 0);
  ck_assert_uint_eq(offer.left, 0);
}
END_TEST

START_TEST(an_accessible_seat_and_others_nearby_where_its_row_is_full) {
  HALL("xWwx....", "........");
  rank((struct bo_best_wish){4, BO_NONE, true});
  ck_assert_str_eq(group(0, 4), "a1 a2 b0 b1");
}
END_TEST

START_TEST(the_category_asked_for) {
  HALL("....bb", "bbbb..");
  rank((struct bo_best_wish){3, 1, false});
  ck_assert_str_eq(group(0, 3), "b0 b1 b2"); /* beside b3 is a free seat, if of another category */
  ck_assert_uint_eq(offer.left, 6);
  rank((struct bo_best_wish){1, 7, false});
  ck_assert_uint_eq(offer.n_groups, 0);
}
END_TEST

START_TEST(fewest_parts_then_nearest_together) {
  HALL("..x.x.x", "xxxxxxx", ".x.x.x.", "xxxxx..");
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_str_eq(group(0, 3), "c6 d5 d6");
  HALL(".x.x", "x.x.");
  rank((struct bo_best_wish){4, BO_NONE, false});
  ck_assert_str_eq(group(0, 4), "a0 a2 b1 b3");
  rank((struct bo_best_wish){5, BO_NONE, false});
  ck_assert_uint_eq(offer.n_groups, 0);
  ck_assert_uint_eq(offer.left, 4);
}
END_TEST

START_TEST(blocked_seats_are_walls) {
  HALL("x.#..");
  rank((struct bo_best_wish){3, BO_NONE, false});
  ck_assert_uint_eq(offer.n_groups, 1);
  ck_assert_uint_eq(offer.left, 3);
  ck_assert_str_eq(group(0, 3), "a1 a3 a4");
}
END_TEST

START_TEST(singles_the_best_first_and_those_kept_last) {
  size_t *best, n;
  HALL("W.x..");
  ck_assert(bo_best_singles(&hall, open_seats, &(struct bo_best_wish){2, BO_NONE, false}, 3, arena, &best, &n, &problem));
  ck_assert_uint_eq(n, 3);
  ck_assert(best[0] == 1 && best[1] == 3 && best[2] == 4);
}
END_TEST

static void make_arena(void) {
  arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
}

static void free_arena(void) { bo_arena_free(arena); }

Suite *best_suite(void) {
  Suite *suite = suite_create("best");
  TCase *one = tcase_create("halls");
  tcase_add_checked_fixture(one, make_arena, free_arena);
  tcase_add_test(one, near_the_focus_in_one_row);
  tcase_add_test(one, no_group_over_an_aisle_or_around_a_corner);
  tcase_add_test(one, no_orphan_where_there_is_another_choice);
  tcase_add_test(one, wheelchairs_places_are_no_orphans_and_kept_to_the_last);
  tcase_add_test(one, companions_go_with_accessible_seats);
  tcase_add_test(one, an_accessible_seat_and_others_nearby_where_its_row_is_full);
  tcase_add_test(one, the_category_asked_for);
  tcase_add_test(one, fewest_parts_then_nearest_together);
  tcase_add_test(one, blocked_seats_are_walls);
  tcase_add_test(one, singles_the_best_first_and_those_kept_last);
  suite_add_tcase(suite, one);
  return suite;
}
