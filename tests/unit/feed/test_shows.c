#include "feed/shows.h"

#include <stdio.h>

#include "tests/unit/unit.h"

static const char one[] = "65f0a1b2c3d4e5f601234567", other[] = "65f0a1b2c3d4e5f601234568";
static struct feed_shows *shows;
static struct bo_buf body;
static struct feed_event event;

static void set_up(void) {
  shows = feed_shows_new();
  ck_assert_ptr_nonnull(shows);
  bo_buf_init(&body, FEED_EVENT_MAX);
}

static void tear_down(void) {
  feed_shows_free(shows);
  bo_buf_free(&body);
}

/* Was there room? */
static bool tell(const char *show_id, const char *text, int64_t now_ms) {
  struct feed_message message;
  ck_assert_msg(feed_message_parse(text, strlen(text), &message), "%s", text);
  return feed_shows_note(shows, show_id, &message, now_ms);
}

static void expect(const char *show_id, int64_t now_ms, const char *text) {
  ck_assert(feed_shows_take_event(shows, now_ms, &event, &body));
  ck_assert_str_eq(event.show_id, show_id);
  ck_assert_str_eq(body.data, text);
  ck_assert_int_eq(event.resync, strcmp(text, "{}") == 0);
}

START_TEST(what_happens_within_a_tenth_of_a_second_is_one_event) {
  ck_assert(tell(one, "11|held|S1,S2|600000", 1000));
  ck_assert(tell(one, "12|held|S3|600000", 1050));
  ck_assert(tell(one, "13|booked|S1|", 1099));
  ck_assert(tell(one, "13|lapsed|S9|", 1099));
  ck_assert_int_eq(feed_shows_next_event_ms(shows), 1100);
  ck_assert(!feed_shows_take_event(shows, 1099, &event, &body));
  expect(one, 1100, "{\"from\":\"10\",\"version\":\"13\",\"changes\":[{\"seats\":[\"S1\",\"S2\",\"S3\"],\"status\":\"held\"},"
                    "{\"seats\":[\"S1\"],\"status\":\"booked\"},{\"seats\":[\"S9\"],\"status\":\"available\"}]}");
  ck_assert_int_eq(feed_shows_next_event_ms(shows), INT64_MAX);
  ck_assert(tell(one, "14|nothing||", 1101));
  expect(one, 1201, "{\"from\":\"13\",\"version\":\"14\",\"changes\":[]}");
}
END_TEST

START_TEST(a_lapse_is_of_the_version_that_is) {
  ck_assert(tell(one, "13|lapsed|S9|", 1000));
  expect(one, 1100, "{\"from\":\"13\",\"version\":\"13\",\"changes\":[{\"seats\":[\"S9\"],\"status\":\"available\"}]}");
  /* A load tells several things of one version. */
  ck_assert(tell(one, "14|booked|S1|", 1200));
  ck_assert(tell(one, "14|available|S2|", 1200));
  expect(one, 1300, "{\"from\":\"13\",\"version\":\"14\",\"changes\":[{\"seats\":[\"S1\"],\"status\":\"booked\"},"
                    "{\"seats\":[\"S2\"],\"status\":\"available\"}]}");
}
END_TEST

START_TEST(shows_are_told_of_in_turn) {
  ck_assert(tell(other, "11|held|S1|1000", 1000));
  ck_assert(tell(one, "21|held|S1|1000", 1001));
  ck_assert(tell(other, "12|held|S2|1000", 1090));
  expect(other, 1100, "{\"from\":\"10\",\"version\":\"12\",\"changes\":[{\"seats\":[\"S1\",\"S2\"],\"status\":\"held\"}]}");
  ck_assert(!feed_shows_take_event(shows, 1100, &event, &body));
  expect(one, 1101, "{\"from\":\"20\",\"version\":\"21\",\"changes\":[{\"seats\":[\"S1\"],\"status\":\"held\"}]}");
}
END_TEST

START_TEST(what_cannot_be_told_makes_clients_read_the_map_again) {
  ck_assert(tell(one, "11|held|S1|1000", 1000));
  ck_assert(tell(one, "12|resync||", 1010));
  ck_assert(tell(one, "13|held|S2|1000", 1020));
  expect(one, 1100, "{}");
  /* A version is missing: joined, it would not be seen. */
  ck_assert(tell(one, "21|held|S1|1000", 2000));
  ck_assert(tell(one, "23|held|S2|1000", 2010));
  expect(one, 2100, "{}");
  /* Nothing of it is left. */
  ck_assert(tell(one, "24|held|S3|1000", 2200));
  expect(one, 2300, "{\"from\":\"23\",\"version\":\"24\",\"changes\":[{\"seats\":[\"S3\"],\"status\":\"held\"}]}");
  ck_assert(feed_shows_resync(shows, other, 3000));
  expect(other, 3100, "{}");
}
END_TEST

START_TEST(an_event_has_a_bound) {
  char text[64];
  for (int i = 1; i <= FEED_EVENT_MAX / 8; i++) {
    snprintf(text, sizeof text, "%d|%s|S%d|", i, i % 2 ? "booked" : "available", i);
    ck_assert(tell(one, text, 1000));
  }
  expect(one, 1100, "{}");
}
END_TEST

/* Of many shows together, too. */
START_TEST(all_events_together_have_a_bound) {
  char seats[33 * 400] = "", id[BO_SHOW_ID_LENGTH + 1], text[sizeof seats + 64];
  for (int i = 0; i < 399; i++) strcat(seats, i ? ",abcdefghijklmnopqrstuvwxyz012345" : "abcdefghijklmnopqrstuvwxyz012345");
  bool room = true;
  int told = 0;
  for (; room && told < 10000; told++) {
    snprintf(id, sizeof id, "%024x", told);
    snprintf(text, sizeof text, "11|held|%s|1000", seats);
    room = tell(id, text, 1000);
  }
  ck_assert(!room);
  ck_assert_int_gt(told, 500);
  feed_shows_forget_changes(shows);
  ck_assert_int_eq(feed_shows_next_event_ms(shows), INT64_MAX);
  ck_assert(tell(one, text, 2000));
}
END_TEST

START_TEST(shows_have_a_bound_and_leave) {
  char id[BO_SHOW_ID_LENGTH + 1];
  for (int i = 0; i < FEED_SHOWS_MAX; i++) {
    snprintf(id, sizeof id, "%024x", i);
    ck_assert(feed_shows_look_at(shows, id, 5000));
  }
  ck_assert(!feed_shows_look_at(shows, one, 5000));
  ck_assert(!tell(one, "1|held|S1|1000", 1000));
  ck_assert(tell(id, "1|held|S1|", 1000));
  ck_assert(feed_shows_take_look(shows, 5000, id));
  ck_assert(feed_shows_look_at(shows, one, 5000));
}
END_TEST

START_TEST(looks_come_at_the_earliest_end) {
  char id[BO_SHOW_ID_LENGTH + 1];
  ck_assert(!feed_shows_take_look(shows, INT64_MAX - 1, id));
  ck_assert(tell(one, "11|held|S1|600000", 1000));
  ck_assert(tell(one, "12|held|S2|2000", 1000));
  ck_assert(tell(other, "13|held|S2|1000", 1000));
  ck_assert_int_eq(feed_shows_next_look_ms(shows), 2001);
  ck_assert(!feed_shows_take_look(shows, 2000, id));
  ck_assert(feed_shows_take_look(shows, 2001, id));
  ck_assert_str_eq(id, other);
  ck_assert(!feed_shows_take_look(shows, 2999, id));
  ck_assert_int_eq(feed_shows_next_look_ms(shows), 3001);
  ck_assert(feed_shows_take_look(shows, 9000, id));
  ck_assert_str_eq(id, one);
  ck_assert(!feed_shows_take_look(shows, INT64_MAX - 1, id));
  feed_shows_forget_changes(shows);
  ck_assert_uint_eq(feed_shows_count(shows), 0);
}
END_TEST

Suite *feed_shows_suite(void) {
  Suite *suite = suite_create("feed_shows");
  TCase *events = tcase_create("events");
  const TTest *const tests[] = {what_happens_within_a_tenth_of_a_second_is_one_event, a_lapse_is_of_the_version_that_is,
                                shows_are_told_of_in_turn, what_cannot_be_told_makes_clients_read_the_map_again,
                                an_event_has_a_bound, all_events_together_have_a_bound, shows_have_a_bound_and_leave,
                                looks_come_at_the_earliest_end};
  tcase_add_checked_fixture(events, set_up, tear_down);
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(events, tests[i]);
  suite_add_tcase(suite, events);
  return suite;
}
