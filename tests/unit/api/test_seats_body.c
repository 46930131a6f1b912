#include <stdio.h>

#include "api/seats_body.h"
#include "tests/unit/blank_request.h"
#include "tests/unit/unit.h"

#define SHOW "\"showId\":\"65f0a1b2c3d4e5f601234567\""
#define USER "\"userId\":\"ann\""
#define SEAT "\"seatNumber\":\"S1\""

enum { MAX_SEATS = 3 };

static struct bo_arena *arena;
static struct bo_json_reader *reader;
static struct bo_seats_request seats;
static struct bo_problem problem;
static const char *remote_user;

static void setup(void) {
  arena = bo_arena_new();
  reader = bo_json_reader_new();
  remote_user = NULL;
  ck_assert(arena != NULL && reader != NULL);
}

static void teardown(void) {
  bo_json_reader_free(reader);
  bo_arena_free(arena);
}

static bool parse(const char *body) {
  struct bo_request request;

  bo_arena_reset(arena);
  blank_request(&request, arena);
  request.content_type = "application/json; charset=utf-8";
  request.remote_user = remote_user;
  request.body = body;
  request.body_length = strlen(body);
  memset(&seats, 0, sizeof(seats));
  memset(&problem, 0, sizeof(problem));
  return bo_seats_body_parse(&request, reader, MAX_SEATS, &seats, &problem);
}

static void assert_fine(const char *body, size_t n_seats) {
  ck_assert_msg(parse(body), "refused: %s: %s", body, problem.detail);
  ck_assert_str_eq(seats.show_id, "65f0a1b2c3d4e5f601234567");
  ck_assert_str_eq(seats.user, "ann");
  ck_assert_uint_eq(seats.n_seats, n_seats);
  for (size_t i = 0; i < n_seats; i++) {
    char label[24];

    (void)snprintf(label, sizeof(label), "S%zu", i + 1);
    ck_assert_str_eq(seats.seats[i], label);
  }
}

static void assert_refused(const char *body, enum bo_problem_code code) {
  ck_assert_msg(!parse(body), "taken: %s", body);
  ck_assert_msg(problem.code == code, "%s: %s, not %s", body, bo_problem_code_text(problem.code),
                bo_problem_code_text(code));
  ck_assert_msg(problem.detail[0] != '\0', "no reason for: %s", body);
}

START_TEST(seats_may_be_given_in_four_ways) {
  assert_fine("{" SHOW "," USER "," SEAT "}", 1);
  assert_fine("{" SHOW "," USER ",\"seatNumber\":[\"S1\"]}", 1);
  assert_fine("{" SHOW "," USER ",\"seatNumber\":[\"S1\",\"S2\",\"S3\"]}", 3);
  assert_fine("{" SHOW "," USER ",\"seatNumbers\":\"S1\"}", 1);
  assert_fine("{" SHOW "," USER ",\"seatNumbers\":[\"S1\",\"S2\"]}", 2);
  assert_fine("{" SHOW "," USER ",\"seatNumbers\":[\"S1\"]," SEAT "}", 1);
  assert_fine("{" SHOW "," USER "," SEAT ",\"unknown\":{\"$gt\":\"\"}}", 1);
}
END_TEST

START_TEST(upper_case_hex_is_the_same_show) {
  assert_fine("{\"showId\":\"65F0A1B2C3D4E5F601234567\"," USER "," SEAT "}", 1);
}
END_TEST

START_TEST(what_is_no_such_body_is_malformed) {
  static const char *const bodies[] = {
      "", "{}", "[]", "not json", "{" SHOW "," USER "," SEAT "}x",
      "{" USER "," SEAT "}", "{" SHOW "," SEAT "}", "{" SHOW "," USER "}", /* a member is missing */
      "{\"showId\":null," USER "," SEAT "}", "{\"showId\":1," USER "," SEAT "}", "{\"showId\":{}," USER "," SEAT "}",
      "{\"showId\":\"\"," USER "," SEAT "}",
      "{\"showId\":\"65f0a1b2c3d4e5f60123456\"," USER "," SEAT "}",
      "{\"showId\":\"65f0a1b2c3d4e5f6012345678\"," USER "," SEAT "}",
      "{\"showId\":\"65f0a1b2c3d4e5f60123456g\"," USER "," SEAT "}",
      "{\"showId\":\"65f0a1b2c3d4e5f601234567\\u0000\"," USER "," SEAT "}",
      "{" SHOW ",\"userId\":null," SEAT "}", "{" SHOW ",\"userId\":7," SEAT "}", "{" SHOW ",\"userId\":[\"ann\"]," SEAT "}",
      "{" SHOW ",\"userId\":{\"$gt\":\"\"}," SEAT "}",
      "{" SHOW "," USER ",\"seatNumber\":null}", "{" SHOW "," USER ",\"seatNumber\":1}",
      "{" SHOW "," USER ",\"seatNumber\":{\"$gt\":\"\"}}", "{" SHOW "," USER ",\"seatNumber\":true}",
      "{" SHOW "," USER ",\"seatNumber\":[1]}", "{" SHOW "," USER ",\"seatNumber\":[\"S1\",null]}",
      "{" SHOW "," USER ",\"seatNumber\":[[\"S1\"]]}", "{" SHOW "," USER ",\"seatNumber\":[{\"$gt\":\"\"}]}",
      "{" SHOW "," USER ",\"seatNumbers\":0}",
      "{" SHOW "," USER "," SEAT ",\"seatNumbers\":\"S2\"}", "{" SHOW "," USER "," SEAT ",\"seatNumbers\":[]}",
      "{" SHOW "," USER "," SEAT ",\"seatNumbers\":[\"S1\",\"S2\"]}", "{" SHOW "," USER "," SEAT ",\"seatNumbers\":null}",
      "{" SHOW "," SHOW "," USER "," SEAT "}"};

  for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
    assert_refused(bodies[i], BO_PROBLEM_MALFORMED);
}
END_TEST

START_TEST(lists_are_bounded) {
  assert_refused("{" SHOW "," USER ",\"seatNumber\":[]}", BO_PROBLEM_NO_SEATS);
  assert_refused("{" SHOW "," USER ",\"seatNumbers\":[]}", BO_PROBLEM_NO_SEATS);
  assert_refused("{" SHOW "," USER ",\"seatNumber\":[\"S1\",\"S2\",\"S3\",\"S4\"]}", BO_PROBLEM_TOO_MANY_SEATS);
}
END_TEST

START_TEST(labels_that_cannot_be_are_unknown) {
  static const char *const labels[] = {"", "S\\u0000", "S1\\n", "\xc3\xa9", "a/b", "$gt", "{S1}", "S1\\u007f",
                                       "123456789012345678901234567890123"};
  char body[256];

  for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
    (void)snprintf(body, sizeof(body), "{" SHOW "," USER ",\"seatNumber\":[\"S1\",\"%s\"]}", labels[i]);
    assert_refused(body, BO_PROBLEM_UNKNOWN_SEAT);
  }
}
END_TEST

START_TEST(what_cannot_be_is_named_so_that_it_can_be_read) {
  char body[512];

  assert_refused("{" SHOW "," USER ",\"seatNumber\":[\"a/b\",\"\\u0001\\u0000\xc3\xa9\",\"\"]}", BO_PROBLEM_UNKNOWN_SEAT);
  ck_assert_uint_eq(problem.n_items, 3);
  ck_assert_str_eq(problem.items[0].name, "a/b");
  ck_assert_str_eq(problem.items[0].reason, "unknown");
  ck_assert_str_eq(problem.items[1].name, "????");
  ck_assert_str_eq(problem.items[2].name, "");
  (void)snprintf(body, sizeof(body), "{" SHOW "," USER ",\"seatNumber\":\"%0300d\"}", 0);
  assert_refused(body, BO_PROBLEM_UNKNOWN_SEAT);
  ck_assert_uint_eq(strlen(problem.items[0].name), 64);
}
END_TEST

START_TEST(labels_that_could_be_pass_here) {
  static const char *const labels[] = {"S0", "s1", "S01", "S1 ", "A-1", "A_1.b", "12345678901234567890123456789012"};
  char body[256];

  for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
    (void)snprintf(body, sizeof(body), "{" SHOW "," USER ",\"seatNumber\":\"%s\"}", labels[i]);
    ck_assert_msg(parse(body), "refused: %s", body);
    ck_assert_str_eq(seats.seats[0], labels[i]);
  }
}
END_TEST

START_TEST(the_same_seat_twice_is_named) {
  assert_refused("{" SHOW "," USER ",\"seatNumber\":[\"S1\",\"S2\",\"S1\"]}", BO_PROBLEM_DUPLICATE_SEAT);
  ck_assert_uint_eq(problem.n_items, 1);
  ck_assert_str_eq(problem.items[0].name, "S1");
}
END_TEST

START_TEST(users_are_checked) {
  char body[512], name[131];

  assert_refused("{" SHOW "," SEAT ",\"userId\":\"\"}", BO_PROBLEM_INVALID_USER);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"a\\u0000b\"}", BO_PROBLEM_INVALID_USER);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"a\\nb\"}", BO_PROBLEM_INVALID_USER);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"\\u007f\"}", BO_PROBLEM_INVALID_USER);
  memset(name, 'u', sizeof(name));
  name[129] = '\0';
  (void)snprintf(body, sizeof(body), "{" SHOW "," SEAT ",\"userId\":\"%s\"}", name);
  assert_refused(body, BO_PROBLEM_INVALID_USER);
  name[128] = '\0';
  (void)snprintf(body, sizeof(body), "{" SHOW "," SEAT ",\"userId\":\"%s\"}", name);
  ck_assert(parse(body));
  ck_assert_str_eq(seats.user, name);
  ck_assert(parse("{" SHOW "," SEAT ",\"userId\":\"\xc3\x84nn\\u00e9 \\ud83c\\udfac\"}"));
  ck_assert_str_eq(seats.user, "\xc3\x84nn\xc3\xa9 \xf0\x9f\x8e\xac");
}
END_TEST

START_TEST(an_authenticated_user_need_not_be_named_but_must_be_the_same) {
  remote_user = "ann";
  assert_fine("{" SHOW "," SEAT "}", 1);
  assert_fine("{" SHOW "," SEAT "," USER "}", 1);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"bob\"}", BO_PROBLEM_USER_MISMATCH);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"Ann\"}", BO_PROBLEM_USER_MISMATCH);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"ann\\u0000\"}", BO_PROBLEM_USER_MISMATCH);
  assert_refused("{" SHOW "," SEAT ",\"userId\":\"\"}", BO_PROBLEM_USER_MISMATCH);
  assert_refused("{" SHOW "," SEAT ",\"userId\":7}", BO_PROBLEM_MALFORMED);
  remote_user = "a\tb";
  assert_refused("{" SHOW "," SEAT "}", BO_PROBLEM_INVALID_USER);
}
END_TEST

START_TEST(a_hold_token_may_be_sent) {
  assert_fine("{" SHOW "," SEAT "," USER "}", 1);
  ck_assert_ptr_null(seats.hold_token);
  assert_fine("{" SHOW "," SEAT "," USER ",\"holdToken\":\"azAZ09_-azAZ09_-azAZ09\"}", 1);
  ck_assert_str_eq(seats.hold_token, "azAZ09_-azAZ09_-azAZ09");
  assert_refused("{" SHOW "," SEAT "," USER ",\"holdToken\":\"azAZ09_-azAZ09_-azAZ0\"}", BO_PROBLEM_INVALID_HOLD_TOKEN);
  assert_refused("{" SHOW "," SEAT "," USER ",\"holdToken\":\"\"}", BO_PROBLEM_INVALID_HOLD_TOKEN);
  assert_refused("{" SHOW "," SEAT "," USER ",\"holdToken\":null}", BO_PROBLEM_MALFORMED);
}
END_TEST

Suite *seats_body_suite(void) {
  Suite *suite = suite_create("seats_body");
  TCase *test_case = tcase_create("seats_body");

  tcase_add_checked_fixture(test_case, setup, teardown);
  tcase_add_test(test_case, seats_may_be_given_in_four_ways);
  tcase_add_test(test_case, upper_case_hex_is_the_same_show);
  tcase_add_test(test_case, what_is_no_such_body_is_malformed);
  tcase_add_test(test_case, lists_are_bounded);
  tcase_add_test(test_case, labels_that_cannot_be_are_unknown);
  tcase_add_test(test_case, what_cannot_be_is_named_so_that_it_can_be_read);
  tcase_add_test(test_case, labels_that_could_be_pass_here);
  tcase_add_test(test_case, the_same_seat_twice_is_named);
  tcase_add_test(test_case, users_are_checked);
  tcase_add_test(test_case, a_hold_token_may_be_sent);
  tcase_add_test(test_case, an_authenticated_user_need_not_be_named_but_must_be_the_same);
  suite_add_tcase(suite, test_case);
  return suite;
}
