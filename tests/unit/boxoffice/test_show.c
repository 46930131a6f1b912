/* A worker's copies of shows: looked up, rendered, dropped oldest first. */
#include <stdio.h>

#include "boxoffice/seats.h"
#include "boxoffice/show_cache.h"
#include "store/mongo_private.h"
#include "tests/unit/unit.h"

static struct bo_problem problem;

static struct bo_show *make_from(const char *json) {
  bson_error_t error;
  bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
  ck_assert_ptr_nonnull(doc);
  struct bo_show_bytes bytes = {bson_get_data(doc), doc->len};
  struct bo_show *show = bo_show_new("hash", &bytes, &problem);
  bson_destroy(doc);
  ck_assert_msg(show != NULL, "%s", problem.detail);
  return show;
}

static struct bo_show *make(unsigned id, const char *title, int seats) {
  char json[200];
  (void)snprintf(json, sizeof json, "{\"_id\": {\"$oid\": \"%024x\"}, \"movieTitle\": \"%s\", \"totalSeats\": %d}", id, title, seats);
  return make_from(json);
}

static bool take(struct bo_show *show, const char *version, const char *held, const char *sold) {
  struct bo_board_reply told = {.held_seats = held, .sold_seats = sold};
  (void)snprintf(told.version, sizeof told.version, "%s", version);
  return bo_show_take_map(show, &told, &problem);
}

static struct bo_show *make_blocked(unsigned id, int seats, const char *blocked) {
  char json[200];
  (void)snprintf(json, sizeof json, "{\"_id\": {\"$oid\": \"%024x\"}, \"movieTitle\": \"x\", \"totalSeats\": %d, \"blocked\": %s}", id,
                 seats, blocked);
  return make_from(json);
}

START_TEST(labels_are_found_exactly) {
  struct bo_show *show = make(1, "x", 5000);
  char label[16];
  for (size_t i = 0; i < 5000; i++) {
    (void)snprintf(label, sizeof label, "S%zu", i + 1);
    ck_assert_uint_eq(bo_show_seat(show, label, strlen(label)), i);
  }
  static const char *const unknown[] = {"S0", "S5001", "s1", "S01", "S1 ", "S", ""};
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
    ck_assert_uint_eq(bo_show_seat(show, unknown[i], strlen(unknown[i])), SIZE_MAX);
  ck_assert_uint_eq(bo_show_seat(show, "S12", 2), 0);
  ck_assert(!bo_seats_known(show, (const char *[]){"S1", "S0", "T1"}, 3, &problem));
  ck_assert_uint_eq(problem.n_items, 2);
  ck_assert_str_eq(problem.items[1].name, "T1");
  bo_show_free(show);
}
END_TEST

START_TEST(the_map_is_json_in_the_order_of_the_seats) {
  struct bo_show *show = make(1, "A \\\"q\\\"", 3);
  ck_assert(take(show, "17", "S2,S9", "S3"));
  ck_assert_str_eq(show->map.data, "{\"showTitle\":\"A \\\"q\\\"\",\"totalSeats\":3,\"seats\":["
                                   "{\"seatNumber\":\"S1\",\"status\":\"available\"},"
                                   "{\"seatNumber\":\"S2\",\"status\":\"held\"},"
                                   "{\"seatNumber\":\"S3\",\"status\":\"booked\"}],\"showETag\":\"1-hash\",\"version\":\"17\"}");
  ck_assert_uint_eq(show->map.length, strlen(show->map.data));
  /* Again, with less: nothing is left of the first. A booking wins over a hold. */
  ck_assert(take(show, "18", "S1", "S1"));
  ck_assert_ptr_nonnull(strstr(show->map.data, "\"S1\",\"status\":\"booked\""));
  ck_assert_ptr_nonnull(strstr(show->map.data, "\"S3\",\"status\":\"available\"}],\"showETag\":\"1-hash\",\"version\":\"18\"}"));
  bo_show_free(show);
}
END_TEST

/* Held or sold, a blocked seat counts as that. */
START_TEST(blocked_seats_are_shown_as_such) {
  struct bo_show *show = make_blocked(2, 5, "[\"S1\", \"S2\", \"S3\"]");
  size_t counts[BO_SEAT_STATUSES];
  ck_assert(take(show, "17", "S2,S4,S9", "S3"));
  ck_assert_ptr_nonnull(strstr(show->map.data, "[{\"seatNumber\":\"S1\",\"status\":\"blocked\"},"
                                               "{\"seatNumber\":\"S2\",\"status\":\"held\"},"
                                               "{\"seatNumber\":\"S3\",\"status\":\"booked\"},"
                                               "{\"seatNumber\":\"S4\",\"status\":\"held\"},"
                                               "{\"seatNumber\":\"S5\",\"status\":\"available\"}]"));
  bo_show_count(show, counts);
  ck_assert_uint_eq(counts[BO_SEAT_BLOCKED], 1);
  ck_assert_uint_eq(counts[BO_SEAT_HELD], 2);
  ck_assert_uint_eq(counts[BO_SEAT_BOOKED], 1);
  ck_assert_uint_eq(counts[BO_SEAT_AVAILABLE], 1);
  struct bo_arena *arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
  ck_assert_str_eq(bo_seats_blocked(show, (const char *[]){"S4", "S3", "S9"}, 3, arena), "010");
  ck_assert_str_eq(show->blocked, "S1,S2,S3");
  bo_arena_free(arena);
  bo_show_free(show);
}
END_TEST

START_TEST(copies_are_bounded_oldest_first) {
  struct bo_show_cache cache;
  struct bo_show *first = make(1, "x", 100);
  char id[32];
  bo_show_cache_init(&cache, first->memory * 3 + first->memory / 2);
  bo_show_cache_put(&cache, first);
  bo_show_cache_put(&cache, make(2, "x", 100));
  bo_show_cache_put(&cache, make(3, "x", 100));
  (void)snprintf(id, sizeof id, "%024x", 1);
  ck_assert_ptr_eq(bo_show_cache_get(&cache, id), first); /* used again: 2 is the oldest now */
  bo_show_cache_put(&cache, make(4, "x", 100));
  ck_assert_ptr_eq(bo_show_cache_get(&cache, id), first);
  (void)snprintf(id, sizeof id, "%024x", 2);
  ck_assert_ptr_null(bo_show_cache_get(&cache, id));
  ck_assert_uint_le(cache.used, cache.limit);
  bo_show_cache_put(&cache, make(9, "x", 50000)); /* larger than all: kept alone, for the request in hand */
  (void)snprintf(id, sizeof id, "%024x", 9);
  ck_assert_ptr_nonnull(bo_show_cache_get(&cache, id));
  ck_assert_ptr_eq(cache.newest, cache.oldest);
  bo_show_cache_free(&cache);
  ck_assert_uint_eq(cache.used, 0);
}
END_TEST

Suite *show_suite(void) {
  Suite *suite = suite_create("show");
  UNIT_CASE(suite, "show", labels_are_found_exactly, the_map_is_json_in_the_order_of_the_seats,
            blocked_seats_are_shown_as_such, copies_are_bounded_oldest_first);
  return suite;
}
