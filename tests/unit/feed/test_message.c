#include "feed/message.h"
#include "tests/unit/unit.h"

static bool parse(const char *text, struct feed_message *out) { return feed_message_parse(text, strlen(text), out); }

START_TEST(what_the_scripts_say) {
  struct feed_message message;
  ck_assert(parse("1795548469679013|held|S1,Row A 7|600000", &message));
  ck_assert_int_eq(message.what, FEED_HELD);
  ck_assert_uint_eq(message.version, 1795548469679013);
  ck_assert_int_eq(strncmp(message.seats, "S1,Row A 7", message.seats_length), 0);
  ck_assert_uint_eq(message.seats_length, 10);
  ck_assert_int_eq(message.hold_ms, 600000);
  ck_assert(parse("9007199254740991|booked|S1|", &message));
  ck_assert_int_eq(message.hold_ms, 0);
  ck_assert(parse("1|available|S1|", &message) && message.what == FEED_AVAILABLE);
  ck_assert(parse("1|lapsed|S1|", &message) && message.what == FEED_LAPSED);
  ck_assert(parse("1|nothing||", &message) && message.what == FEED_NOTHING);
  ck_assert(parse("1|resync||", &message) && message.what == FEED_RESYNC);
}
END_TEST

START_TEST(what_they_never_say) {
  static const char *const bad[] = {
      "", "|", "|||", "1", "1|held", "1|held|S1", "1|nothing", "1|nothing|", "1|held||", "0|held|S1|", "-1|held|S1|", "1x|held|S1|", "9007199254740992|held|S1|",
      "99999999999999999999999999|held|S1|", "1|HELD|S1|", "1|hel|S1|", "1|heldd|S1|", "1||S1|", "1|held|S1,|", "1|held|,S1|",
      "1|held|S1,,S2|", "1|held|S\"1|", "1|held|S1\n|", "1|held|123456789012345678901234567890123|", "1|held|S1|x", "1|held|S1|-1",
      "1|held|S1|86400001", "1|held|S1|5|", "1|held|S1|5|6", "1|resync|S1|", "1|nothing|S1|"};
  struct feed_message message;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_assert_msg(!parse(bad[i], &message), "accepted: %s", bad[i]);
  ck_assert(!feed_message_parse("1|held|S\0001|", 11, &message));
}
END_TEST

START_TEST(channels) {
  static const char *const bad[] = {"", "seats:", "seats:{}", "seats:{65f0a1b2c3d4e5f60123456}", "seats:{65F0A1B2C3D4E5F601234567}",
                                    "seats:{65f0a1b2c3d4e5f601234567", "seats:{65f0a1b2c3d4e5f601234567}x",
                                    "board:{65f0a1b2c3d4e5f601234567}", "seats:{65f0a1b2c3d4e5f60123456/}"};
  char id[BO_SHOW_ID_LENGTH + 1];
  ck_assert(feed_channel_parse("seats:{65f0a1b2c3d4e5f601234567}", 32, id));
  ck_assert_str_eq(id, "65f0a1b2c3d4e5f601234567");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    ck_assert_msg(!feed_channel_parse(bad[i], strlen(bad[i]), id), "accepted: %s", bad[i]);
}
END_TEST

Suite *feed_message_suite(void) {
  Suite *suite = suite_create("feed_message");
  UNIT_CASE(suite, "parse", what_the_scripts_say, what_they_never_say, channels);
  return suite;
}
