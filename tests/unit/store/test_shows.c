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

#define SECTION(fields) "\"movieTitle\": \"M\", \"layout\": {\"sections\": [{" fields "}]}"
#define WITH(fields) \
  "\"movieTitle\": \"M\", \"layout\": {" fields \
  ", \"sections\": [{\"category\": \"b\", \"rows\": [{\"seats\": [{\"label\": \"A1\"}]}]}]}"

/* Two sections, of which the second says where it is; rows and seats that say it, and some that do not. */
START_TEST(positions_follow_from_what_is_given) {
  static const struct {
    const char *label, *section, *row;
    double x, y;
  } expected[] = {
      {"A1", "Stalls", "A", 0, 0},      {"A2", "Stalls", "A", 1, 0},   {"A4", "Stalls", "A", 3.5, 0},
      {"B1", "Stalls", "B", 0, 1},      {"C1", "Stalls", "C", -2, 4},  {"C2", "Stalls", "C", -1, 4.25},
      {"D1", "Stalls", "D", 0, 5},      {"L1", "Box", "1", 20, 1},     {"L2", "Box", "2", 20, 2},
      {"R1", "Circle", "", 0, 7},
  };
  struct bo_show_record show;
  ck_assert_msg(parse("\"movieTitle\": \"M\", \"layout\": {\"focus\": {\"x\": 1.5, \"y\": 3}, \"front\": \"screen\", \"sections\": ["
                      "{\"name\": \"Stalls\", \"rows\": ["
                      "{\"name\": \"A\", \"seats\": [{\"label\": \"A1\"}, {\"label\": \"A2\"}, {\"label\": \"A4\", \"x\": 3.5}]},"
                      "{\"name\": \"B\", \"seats\": [{\"label\": \"B1\"}]},"
                      "{\"name\": \"C\", \"x\": -2, \"y\": 4, \"seats\": [{\"label\": \"C1\"}, {\"label\": \"C2\", \"y\": 4.25}]},"
                      "{\"name\": \"D\", \"seats\": [{\"label\": \"D1\"}]}]},"
                      "{\"name\": \"Box\", \"x\": 20, \"y\": 1, \"rows\": ["
                      "{\"name\": \"1\", \"seats\": [{\"label\": \"L1\"}]}, {\"name\": \"2\", \"seats\": [{\"label\": \"L2\"}]}]},"
                      "{\"name\": \"Circle\", \"rows\": [{\"seats\": [{\"label\": \"R1\"}]}]}]}",
                      &show),
                "%s", problem.detail);
  ck_assert_uint_eq(show.n_seats, sizeof expected / sizeof expected[0]);
  ck_assert_uint_eq(show.n_sections, 3);
  ck_assert_uint_eq(show.n_rows, 7);
  for (size_t i = 0; i < show.n_seats; i++) {
    const struct bo_seat_record *seat = &show.seats[i];
    const struct bo_row_record *row = &show.rows[seat->row];
    ck_assert_str_eq(seat->label, expected[i].label);
    ck_assert_str_eq(show.labels[i], expected[i].label);
    ck_assert_str_eq(show.sections[seat->section].name, expected[i].section);
    ck_assert_str_eq(row->name, expected[i].row);
    ck_assert_double_eq(seat->x, expected[i].x);
    ck_assert_double_eq(seat->y, expected[i].y);
    ck_assert_uint_eq(row->section, seat->section);
    ck_assert(i >= row->first_seat && i < row->first_seat + row->n_seats);
  }
  ck_assert(show.has_layout && show.has_focus);
  ck_assert_double_eq(show.focus_x, 1.5);
  ck_assert_double_eq(show.focus_y, 3);
  ck_assert_str_eq(show.front, "screen");
}
END_TEST

START_TEST(seats_tell_what_is_special_about_them) {
  struct bo_show_record show;
  ck_assert_msg(parse("\"movieTitle\": \"M\", \"blocked\": [\"A1\", \"A3\", \"Z9\"], \"layout\": {\"categories\": ["
                      "{\"name\": \"Parkett\", \"price\": 12.5, \"currency\": \"EUR\"}, {\"name\": \"Rang \u00e9\"}],"
                      "\"sections\": [{\"category\": \"Rang \u00e9\", \"rows\": [{\"category\": \"Parkett\", \"seats\": ["
                      "{\"label\": \"A1\", \"companionOf\": \"A2\"}, {\"label\": \"A2\", \"accessible\": true},"
                      "{\"label\": \"A3\", \"blocked\": true, \"category\": \"Rang \u00e9\"}]},"
                      "{\"seats\": [{\"label\": \"B1\", \"blocked\": true, \"accessible\": false}]}]}]}",
                      &show),
                "%s", problem.detail);
  ck_assert_uint_eq(show.n_categories, 2);
  ck_assert_str_eq(show.categories[0].name, "Parkett");
  ck_assert_double_eq(show.categories[0].price, 12.5);
  ck_assert_str_eq(show.categories[0].currency, "EUR");
  ck_assert_double_lt(show.categories[1].price, 0);
  ck_assert_str_eq(show.categories[1].currency, "");
  static const size_t categories[] = {0, 0, 1, 1};
  static const bool blocked[] = {true, false, true, true};
  for (size_t i = 0; i < 4; i++) {
    ck_assert_uint_eq(show.seats[i].category, categories[i]);
    ck_assert_int_eq(show.seats[i].blocked, blocked[i]);
    ck_assert_int_eq(show.seats[i].accessible, i == 1);
    ck_assert_uint_eq(show.seats[i].companion, i == 0 ? 1 : BO_NONE);
  }
  ck_assert_uint_eq(show.n_blocked, 3);
  ck_assert_uint_eq(show.blocked_unknown, 2);
}
END_TEST

START_TEST(categories_that_are_not_listed_are_those_named) {
  struct bo_show_record show;
  ck_assert(parse(SECTION("\"rows\": [{\"category\": \"b\", \"seats\": [{\"label\": \"A1\"}, {\"label\": \"A2\", \"category\": \"a\"},"
                          "{\"label\": \"A3\", \"category\": \"b\"}]}, {\"seats\": [{\"label\": \"B1\"}]}]"),
                  &show));
  ck_assert_uint_eq(show.n_categories, 2);
  ck_assert_str_eq(show.categories[0].name, "b");
  ck_assert_uint_eq(show.seats[1].category, 1);
  ck_assert_uint_eq(show.seats[2].category, 0);
  ck_assert_uint_eq(show.seats[3].category, BO_NONE);
}
END_TEST

START_TEST(a_show_without_a_layout_is_a_grid) {
  struct bo_show_record show;
  ck_assert(parse("\"movieTitle\": \"M\", \"totalSeats\": 105, \"blocked\": [\"S21\", \"S21\"]", &show));
  ck_assert(!show.has_layout);
  ck_assert_uint_eq(show.n_sections, 1);
  ck_assert_uint_eq(show.sections[0].n_rows, 6);
  ck_assert_uint_eq(show.n_rows, 6);
  for (size_t i = 0; i < 105; i++) {
    ck_assert_uint_eq(show.seats[i].row, i / 20);
    ck_assert_double_eq(show.seats[i].x, (double)(i % 20));
    ck_assert_double_eq(show.seats[i].y, (double)(i / 20));
    ck_assert_int_eq(show.seats[i].blocked, i == 20);
  }
  ck_assert_uint_eq(show.rows[5].first_seat, 100);
  ck_assert_uint_eq(show.rows[5].n_seats, 5);
  ck_assert_uint_eq(show.n_blocked, 1);
  ck_assert(parse("\"movieTitle\": \"M\", \"layout\": [\"B2\", \"A1\"], \"blocked\": [\"A1\"]", &show));
  ck_assert(!show.has_layout && show.seats[1].blocked);
  ck_assert_double_eq(show.seats[1].x, 1);
}
END_TEST

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
      {SEATS("[{\"label\": \"A1\", \"x\": \"1\"}]"), "layout.sections[0].rows[0].seats[0].x:"},
      {SEATS("[{\"label\": \"A1\", \"y\": 10001}]"), "layout.sections[0].rows[0].seats[0].y:"},
      {SEATS("[{\"label\": \"A1\", \"x\": {\"$numberDouble\": \"NaN\"}}]"), "layout.sections[0].rows[0].seats[0].x:"},
      {SEATS("[{\"label\": \"A1\", \"accessible\": 1}]"), "layout.sections[0].rows[0].seats[0].accessible:"},
      {SEATS("[{\"label\": \"A1\", \"blocked\": null}]"), "layout.sections[0].rows[0].seats[0].blocked:"},
      {SEATS("[{\"label\": \"A1\", \"category\": \"\"}]"), "layout.sections[0].rows[0].seats[0].category:"},
      {SEATS("[{\"label\": \"A1\", \"companionOf\": 7}]"), "layout.sections[0].rows[0].seats[0].companionOf:"},
      {SEATS("[{\"label\": \"A1\", \"companionOf\": \"A2\"}]"), "layout.sections[0].rows[0].seats[0].companionOf:"},
      {SEATS("[{\"label\": \"A2\"}, {\"label\": \"A1\", \"companionOf\": \"A2\"}]"),
       "layout.sections[0].rows[0].seats[1].companionOf:"},
      {SEATS("[{\"label\": \"A1\", \"accessible\": true, \"companionOf\": \"A1\"}]"),
       "layout.sections[0].rows[0].seats[0].companionOf:"},
      {SECTION("\"name\": 7, \"rows\": []"), "layout.sections[0].name:"},
      {SECTION("\"name\": \"a\\u0085\", \"rows\": []"), "layout.sections[0].name:"},
      {SECTION("\"x\": true, \"rows\": []"), "layout.sections[0].x:"},
      {SECTION("\"rows\": [{\"name\": \"\", \"seats\": []}]"), "layout.sections[0].rows[0].name:"},
      {SECTION("\"rows\": [{\"y\": [], \"seats\": []}]"), "layout.sections[0].rows[0].y:"},
      {WITH("\"categories\": {}"), "layout.categories:"},
      {WITH("\"categories\": [7]"), "layout.categories[0]:"},
      {WITH("\"categories\": [{\"price\": 7}]"), "layout.categories[0]:"},
      {WITH("\"categories\": [{\"name\": \"a\"}, {\"name\": \"a\"}]"), "layout.categories[1].name:"},
      {WITH("\"categories\": [{\"name\": \"a\", \"price\": -1}]"), "layout.categories[0].price:"},
      {WITH("\"categories\": [{\"name\": \"a\", \"currency\": \"eur\"}]"), "layout.categories[0].currency:"},
      {WITH("\"categories\": []"), "layout.sections[0].category:"},
      {WITH("\"focus\": {\"x\": 1}"), "layout.focus:"},
      {WITH("\"front\": \"bar\""), "layout.front:"},
      {WITH("\"front\": 1"), "layout.front:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 5, \"blocked\": \"S1\"", "blocked:"},
      {"\"movieTitle\": \"M\", \"totalSeats\": 5, \"blocked\": [\"S1\", \"\"]", "blocked[1]:"},
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
                             "\"blocked\": [\"B\"], \"layout\": {\"categories\": [{\"name\": \"c\", \"price\": 1, "
                             "\"currency\": \"EUR\"}], \"focus\": {\"x\": 1, \"y\": 2}, \"front\": \"stage\", \"sections\": [{\"name\": \"s\", "
                             "\"x\": 1, \"rows\": [{\"name\": \"r\", \"seats\": [{\"label\": \"A1\", \"accessible\": true, "
                             "\"x\": 1.5}, {\"label\": \"B\", \"companionOf\": \"A1\", \"category\": \"c\"}]}]}]}}";
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
  tcase_add_test(tests, positions_follow_from_what_is_given);
  tcase_add_test(tests, seats_tell_what_is_special_about_them);
  tcase_add_test(tests, categories_that_are_not_listed_are_those_named);
  tcase_add_test(tests, a_show_without_a_layout_is_a_grid);
  tcase_add_test(tests, what_cannot_be_sold_is_refused_with_its_field);
  tcase_add_test(tests, an_id_that_is_no_object_id);
  tcase_add_test(tests, damaged_bytes_do_no_harm);
  suite_add_tcase(suite, tests);
  return suite;
}
