/* What Redis publishes -> events of the live map. The input: steps, each a byte that says which show (with 4 a channel as
 * text follows, with 8 time passes, with 16 the holds are looked at), then the message's text, ended by NUL. */
#include <inttypes.h>

#include "feed/shows.h"
#include "tests/fuzz/fuzz.h"

static int64_t now_ms = 1000000;

/* Every event is one JSON object of its form, within its bound. */
static void require_event(const struct feed_event *event, const struct bo_buf *body) {
  uint64_t from, version;
  FUZZ_REQUIRE(strspn(event->show_id, "0123456789abcdef") == BO_SHOW_ID_LENGTH);
  FUZZ_REQUIRE(!body->failed && body->length <= FEED_EVENT_MAX && fuzz_is_json_object(body->data, body->length));
  if (event->resync) {
    FUZZ_REQUIRE(strcmp(body->data, "{}") == 0);
    return;
  }
  FUZZ_REQUIRE(sscanf(body->data, "{\"from\":\"%" SCNu64 "\",\"version\":\"%" SCNu64 "\",\"changes\":[", &from, &version) == 2);
  FUZZ_REQUIRE(from <= version && version < UINT64_C(1) << 53);
}

static void take_all(struct feed_shows *shows, struct bo_buf *body, bool looks) {
  struct feed_event event;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  while (feed_shows_take_event(shows, now_ms, &event, body)) require_event(&event, body);
  while (looks && feed_shows_take_look(shows, now_ms, show_id)) fuzz_read(show_id);
}

static void step(struct feed_shows *shows, struct fuzz_input *input) {
  uint8_t choice = fuzz_byte(input);
  char known[] = "seats:{65f0a1b2c3d4e5f601234560}", show_id[BO_SHOW_ID_LENGTH + 1] = "";
  struct feed_message message;
  size_t length;
  char *channel = (choice & 4) != 0 ? fuzz_text(input) : NULL, *text = fuzz_text(input);
  known[sizeof known - 3] = (char)('0' + choice % 4);
  const char *heard = channel != NULL ? channel : known;
  length = strlen(text);
  if (feed_channel_parse(heard, strlen(heard), show_id)) {
    bool fine = feed_message_parse(text, length, &message);
    if (fine) {
      FUZZ_REQUIRE(message.hold_ms >= 0 && message.seats_length <= length);
      FUZZ_REQUIRE(feed_shows_note(shows, show_id, &message, now_ms));
    } else {
      FUZZ_REQUIRE(feed_shows_resync(shows, show_id, now_ms));
    }
    FUZZ_REQUIRE(feed_shows_next_event_ms(shows) <= now_ms + FEED_JOIN_MS);
  }
  free(channel);
  free(text);
  if ((choice & 8) != 0) now_ms += FEED_JOIN_MS;
  FUZZ_REQUIRE((choice & 16) == 0 || feed_shows_look_at(shows, "65f0a1b2c3d4e5f601234560", now_ms + choice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_input input = {data, size};
  struct feed_shows *shows = feed_shows_new();
  struct bo_buf body;
  FUZZ_REQUIRE(shows != NULL);
  bo_buf_init(&body, FEED_EVENT_MAX);
  while (input.left > 0) {
    step(shows, &input);
    take_all(shows, &body, true);
  }
  now_ms += 100000000; /* whatever is planned is due by now */
  take_all(shows, &body, true);
  FUZZ_REQUIRE(feed_shows_count(shows) == 0 && feed_shows_next_event_ms(shows) == INT64_MAX &&
               feed_shows_next_look_ms(shows) == INT64_MAX);
  feed_shows_free(shows);
  bo_buf_free(&body);
  return 0;
}
