/* bo_show_parse, on documents as the Node program, boxoffice-seed and people by hand write them, and on garbage. */
#include <stdio.h>
#include <stdlib.h>

#include "store/mongo_private.h"
#include "store/shows.h"
#include "tests/unit/unit.h"

static struct bo_arena *arena;
static struct bo_problem problem;

static void set_up(void) {
  arena = bo_arena_new();
  ck_assert_ptr_nonnull(arena);
}

static void tear_down(void) { bo_arena_free(arena); }

/* A show from extended JSON without its outer braces and _id. */
static bool parse(const char *fields, struct bo_show_record *out) {
  char json[4096];
  bson_error_t error;
  int length = snprintf(json, sizeof json, "{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}%s%s}",
                        fields[0] != '\0' ? ", " : "", fields);
  ck_assert_int_lt(length, (int)sizeof json);
  bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
  ck_assert_msg(doc != NULL, "%s: %s", json, error.message);
  struct bo_show_bytes bytes = {.data = bson_get_data(doc), .length = doc->len};
  bool ok = bo_show_parse(&bytes, arena, out, &problem);
  bson_destroy(doc); /* the record must not point into it */
  return ok;
}

START_TEST(a_show_of_the_node_program) {
  struct bo_show_record show;
  ck_assert(parse("\"movieTitle\": \"Interstellar\", \"startTime\": {\"$date\": \"2026-11-24T18:30:00Z\"}, "
                  "\"totalSeats\": 100, \"__v\": 0",
                  &show));
  ck_assert_str_eq(show.id, "0123456789abcdef01234567");
  ck_assert_str_eq(show.title, "Interstellar");
  ck_assert_int_eq(show.start_ms, 1795545000000);
  ck_assert_uint_eq(show.n_seats, 100);
  ck_assert_str_eq(show.labels[0], "S1");
  ck_assert_str_eq(show.labels[99], "S100");
}
END_TEST

START_TEST(total_seats_of_any_numeric_type) {
  static const char *const totals[] = {"7", "7.0", "{\"$numberLong\": \"7\"}", "{\"$numberInt\": \"7\"}"};
  char fields[200];
  for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
    struct bo_show_record show;
    (void)snprintf(fields, sizeof fields, "\"movieTitle\": \"M\", \"totalSeats\": %s", totals[i]);
    ck_assert_msg(parse(fields, &show), "%s: %s", totals[i], problem.detail);
    ck_assert_uint_eq(show.n_seats, 7);
    ck_assert_int_eq(show.start_ms, 0);
  }
}
END_TEST

START_TEST(the_largest_house) {
  struct bo_show_record show;
  ck_assert(parse("\"movieTitle\": \"M\", \"totalSeats\": 100000", &show));
  ck_assert_uint_eq(show.n_seats, BO_SHOW_SEATS_MAX);
  ck_assert_str_eq(show.labels[BO_SHOW_SEATS_MAX - 1], "S100000");
}
END_TEST

START_TEST(a_layout_gives_the_labels_in_its_order) {
  struct bo_show_record show;
  ck_assert_msg(parse("\"movieTitle\": \"M\", \"totalSeats\": 3, \"layout\": {\"sections\": ["
                      "{\"name\": \"Balcony\", \"rows\": [{\"name\": \"Z\", \"seats\": "
                      "[{\"label\": \"Z 2\", \"accessible\": true}, {\"label\": \"Z 1\"}]}]},"
                      "{\"name\": \"Stalls\", \"rows\": [{\"name\": \"A\", \"seats\": [{\"label\": \"A.1_-\"}]}]}]}",
                      &show),
                "%s", problem.detail);
  ck_assert_uint_eq(show.n_seats, 3);
  ck_assert_str_eq(show.labels[0], "Z 2");
  ck_assert_str_eq(show.labels[1], "Z 1");
  ck_assert_str_eq(show.labels[2], "A.1_-");
}
END_TEST

START_TEST(a_plain_list_of_labels_is_a_layout) {
  struct bo_show_record show;
  ck_assert(parse("\"movieTitle\": \"M\", \"layout\": [\"B2\", \"A1\"]", &show));
  ck_assert_uint_eq(show.n_seats, 2);
  ck_assert_str_eq(show.labels[0], "B2");
}
END_TEST

#define SEATS(list) "\"movieTitle\": \"M\", \"layout\": {\"sections\": [{\"rows\": [{\"seats\": " list "}]}]}"

START_TEST(what_cannot_be_sold_is_refused_with_its_field) {
  static const struct {
    const char *fields, *reason;
  } cases[] = {
      {"", "movieTitle:"},
      {"\"movieTitle\": \"\", \"totalSeats\": 5", "movieTitle:"},
      {"\"movieTitle\": 7, \"totalSeats\": 5", "movieTitle:"},
      {"\"movieTitle\": \"M\"", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 0", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": -1", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 100001", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 1.5", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": \"100\"", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": {\"$numberDouble\": \"NaN\"}", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": {\"$numberDouble\": \"Infinity\"}", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": {\"$numberLong\": \"4294967396\"}", "totalSeats:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 5, \"startTime\": \"tomorrow\"", "startTime:"},
      {"\"movieTitle\": \"M\", \"layout\": 5", "layout:"},
      {"\"movieTitle\": \"M\", \"layout\": {}", "layout:"},
      {"\"movieTitle\": \"M\", \"layout\": []", "layout:"},
      {"\"movieTitle\": \"M\", \"layout\": [\"A1\", 7]", "layout[1]:"},
      {"\"movieTitle\": \"M\", \"layout\": [\"A1\", \"A1\"]", "layout:"},
      {"\"movieTitle\": \"M\", \"layout\": {\"sections\": []}", "layout:"},
      {"\"movieTitle\": \"M\", \"layout\": {\"sections\": [1]}", "layout.sections[0]:"},
      {"\"movieTitle\": \"M\", \"layout\": {\"sections\": [{\"rows\": [{}]}]}", "layout.sections[0].rows[0]:"},
      {SEATS("[{\"label\": \"A1\"}, {}]"), "layout.sections[0].rows[0].seats[1]:"},
      {SEATS("[{\"label\": \"\"}]"), "layout.sections[0].rows[0].seats[0].label:"},
      {SEATS("[{\"label\": \"<b>\"}]"), "layout.sections[0].rows[0].seats[0].label:"},
      {SEATS("[{\"label\": \"A\\u00e9\"}]"), "layout.sections[0].rows[0].seats[0].label:"},
      {SEATS("[{\"label\": \"A\\u0000\"}]"), "layout.sections[0].rows[0].seats[0].label:"},
      {SEATS("[{\"label\": \"123456789012345678901234567890123\"}]"), "layout.sections[0].rows[0].seats[0].label:"},
      {SEATS("[{\"label\": \"A1\"}, {\"label\": \"B1\"}, {\"label\": \"A1\"}]"), "layout"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct bo_show_record show;
    ck_assert_msg(!parse(cases[i].fields, &show), "accepted: %s", cases[i].fields);
    ck_assert_int_eq(problem.code, BO_PROBLEM_INTERNAL);
    ck_assert_msg(strncmp(problem.detail, cases[i].reason, strlen(cases[i].reason)) == 0, "%s: %s", cases[i].fields,
                  problem.detail);
  }
}
END_TEST

START_TEST(an_id_that_is_no_object_id) {
  bson_t doc = BSON_INITIALIZER;
  struct bo_show_record show;
  ck_assert(BSON_APPEND_UTF8(&doc, "_id", "0123456789abcdef01234567"));
  struct bo_show_bytes bytes = {.data = bson_get_data(&doc), .length = doc.len};
  ck_assert(!bo_show_parse(&bytes, arena, &show, &problem));
  ck_assert_int_eq(problem.code, BO_PROBLEM_INTERNAL);
  bson_destroy(&doc);
}
END_TEST

/* What came from Redis may be cut or changed anywhere: no answer matters here but that there is one. */
START_TEST(damaged_bytes_do_no_harm) {
  bson_error_t error;
  static const char json[] = "{\"_id\": {\"$oid\": \"0123456789abcdef01234567\"}, \"movieTitle\": \"M\", \"totalSeats\": 3, "
                             "\"layout\": {\"sections\": [{\"rows\": [{\"seats\": [{\"label\": \"A1\"}]}]}]}}";
  bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
  ck_assert_ptr_nonnull(doc);
  size_t length = doc->len, refused = 0;
  for (size_t i = 0; i < length; i++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      struct bo_show_record show;
      uint8_t *copy = malloc(length); /* of its very size, for the sanitizer's sake */
      ck_assert_ptr_nonnull(copy);
      memcpy(copy, bson_get_data(doc), length);
      copy[i] = (uint8_t)(copy[i] ^ (1U << bit));
      refused += !bo_show_parse(&(struct bo_show_bytes){.data = copy, .length = length}, arena, &show, &problem);
      refused += !bo_show_parse(&(struct bo_show_bytes){.data = copy, .length = i}, arena, &show, &problem);
      free(copy);
    }
  }
  ck_assert_uint_ge(refused, length * 8); /* every cut one, at the least */
  bson_destroy(doc);
}
END_TEST

Suite *shows_suite(void) {
  Suite *suite = suite_create("shows");
  TCase *tests = tcase_create("parse");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_test(tests, a_show_of_the_node_program);
  tcase_add_test(tests, total_seats_of_any_numeric_type);
  tcase_add_test(tests, the_largest_house);
  tcase_add_test(tests, a_layout_gives_the_labels_in_its_order);
  tcase_add_test(tests, a_plain_list_of_labels_is_a_layout);
  tcase_add_test(tests, what_cannot_be_sold_is_refused_with_its_field);
  tcase_add_test(tests, an_id_that_is_no_object_id);
  tcase_add_test(tests, damaged_bytes_do_no_harm);
  suite_add_tcase(suite, tests);
  return suite;
}
