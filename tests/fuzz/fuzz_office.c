/* Replies of both stores -> the box office's results. First bytes: the operation, how the connections end, with 8 a byte
 * that tells which allocation fails; how many of the bytes are Redis's; the rest are MongoDB's. */
#include "boxoffice/office.h"
#include "boxoffice/replace.h"
#include "tests/fuzz/fuzz.h"

static struct bo_office *office;
static struct bo_arena *arena;
static struct bo_deadline deadline;

static bool knows(void *context, const char *etag) {
  const bool *known = context;

  FUZZ_REQUIRE(etag[0] == '"' && etag[strlen(etag) - 1] == '"');
  return *known;
}

typedef bool holder(struct bo_office *office, const struct bo_seats_request *request, const struct bo_deadline *deadline,
                    struct bo_arena *arena, struct bo_hold_result *out, struct bo_problem *problem);

static bool hold(holder *with, const struct bo_seats_request *request, struct bo_problem *problem) {
  struct bo_hold_result out;

  if (!with(office, request, &deadline, arena, &out, problem))
    return false;
  fuzz_read(out.hold_id);
  FUZZ_REQUIRE(out.hold_token == NULL || (request->hold_token == NULL && strlen(out.hold_token) == 32));
  for (size_t i = 0; i < request->n_seats; i++)
    FUZZ_REQUIRE(out.seats[i].seat == request->seats[i] && out.seats[i].hold_id != NULL && out.seats[i].expires_ms >= out.expires_ms);
  return true;
}

static bool best(const char *hold_token, bool more, struct bo_problem *problem) {
  const struct bo_best_request request = {.show_id = "65f0a1b2c3d4e5f601234567", .user = "ann", .quantity = more ? 3 : 1,
                                          .accessible = more, .key = more ? "key-0001" : NULL, .hold_token = hold_token};
  struct bo_seats_request seats;
  struct bo_hold_result out;

  if (!bo_best_available(office, &request, &deadline, arena, &seats, &out, problem))
    return false;
  FUZZ_REQUIRE(out.hold_token == NULL || (hold_token == NULL && strlen(out.hold_token) == 32));
  for (size_t i = 0; i < seats.n_seats; i++) {
    fuzz_read(seats.seats[i]);
    FUZZ_REQUIRE(out.seats[i].seat == seats.seats[i] && out.seats[i].expires_ms >= out.expires_ms);
  }
  return seats.n_seats > 0 && strcmp(seats.user, "ann") == 0;
}

static bool release(const struct bo_seats_request *request, struct bo_problem *problem) {
  struct bo_release_result out;

  return bo_release(office, request, &deadline, arena, &out, problem);
}

static bool confirm(const struct bo_seats_request *request, struct bo_problem *problem) {
  struct bo_confirm_result out;

  if (!bo_confirm(office, request, &deadline, arena, &out, problem))
    return false;
  fuzz_read(out.booking_id);
  for (size_t i = 0; i < request->n_seats; i++) {
    FUZZ_REQUIRE(out.bookings[i].seat == request->seats[i]);
    fuzz_read(out.bookings[i].booking_id);
  }
  return true;
}

static bool status(const char *show_id, bool known, struct bo_problem *problem) {
  struct bo_seatmap_result out;

  if (!bo_seatmap(office, show_id, knows, &known, &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE((out.body == NULL) == known);
  if (out.body != NULL && out.length < 65536)
    FUZZ_REQUIRE(fuzz_is_json_object(out.body, out.length));
  return true;
}

static bool describe(const char *show_id, bool known, struct bo_problem *problem) {
  struct bo_describe_result out;

  if (!bo_describe(office, show_id, knows, &known, &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE((out.show == NULL) == known);
  return true;
}

static bool list(bool further, struct bo_problem *problem) {
  static const struct bo_list_mark mark = {1, "65f0a1b2c3d4e5f601234567"};
  struct bo_list_result out;

  if (!bo_list(office, further ? &mark : NULL, 3, &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE(out.n <= 3 && (out.n > 0 || !out.more));
  for (size_t i = 0; i < out.n; i++) {
    const struct bo_counts *counts = &out.shows[i].counts;

    fuzz_read(out.shows[i].title);
    fuzz_read(out.shows[i].mark.id);
    FUZZ_REQUIRE(!out.shows[i].counted ||
                 counts->booked + counts->held + counts->blocked + counts->available == counts->total);
  }
  return true;
}

static bool cancel(bool some, struct bo_problem *problem) {
  static const char *const labels[] = {"S1", "S2"};
  const struct bo_cancel_request request = {.booking_id = "6b05e53511f16e1056071112", .user = "ann", .seats = labels,
                                            .n_seats = some ? 2 : 0};
  struct bo_cancel_result out;

  if (!bo_cancel(office, &request, &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE(!some || out.booking.n_seats == 2);
  for (size_t i = 0; i < out.booking.n_seats; i++) {
    fuzz_read(out.booking.seats[i].seat);
    FUZZ_REQUIRE(out.booking.seats[i].cancelled_ms != 0 && out.booking.seats[i].cancellation_id != NULL);
  }
  return true;
}

static bool booking(struct bo_problem *problem) {
  struct bo_booking_result out;

  if (!bo_booking(office, "6b05e53511f16e1056071112", "ann", &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE(out.n_seats > 0 && strlen(out.show_id) == BO_SHOW_ID_LENGTH);
  for (size_t i = 0; i < out.n_seats; i++)
    fuzz_read(out.seats[i].seat);
  return true;
}

static bool block(const struct bo_seats_request *request, bool blocked, struct bo_problem *problem) {
  struct bo_block_result out;

  if (!bo_block(office, request, blocked, &deadline, arena, &out, problem))
    return false;
  FUZZ_REQUIRE(out.stored && out.n_changed <= request->n_seats);
  for (size_t i = 0; i < request->n_seats; i++)
    FUZZ_REQUIRE(out.states[i] <= BO_BLOCK_BOOKED);
  return true;
}

static bool cancel_seats(const struct bo_seats_request *request, struct bo_problem *problem) {
  size_t n;

  return bo_cancel_seats(office, request, &deadline, arena, &n, problem);
}

/* Whatever was closed is reopened, unless the stores say no to that, too. */
static bool replace(struct bo_problem *problem) {
  struct bo_replacement replacement;
  struct bo_problem ignored = {0};
  bool fine = bo_replace_close(office, "M", &deadline, arena, &replacement, problem);

  FUZZ_REQUIRE(replacement.n_closed <= replacement.n && (!fine || replacement.n_closed == replacement.n));
  (void)!bo_replace_reopen(office, &replacement, &deadline, arena, &ignored);
  return fine;
}

static bool operate(unsigned which, struct bo_problem *problem) {
  static const char *const labels[] = {"S1", "S2"};
  struct bo_seats_request request = {.show_id = "65f0a1b2c3d4e5f601234567", .user = "ann", .seats = labels};
  struct bo_summary_result summary;

  request.n_seats = (which & 4) != 0 ? 2 : 1;
  request.hold_token = (which & 32) != 0 ? "0123456789012345678901" : NULL;
  switch (which & 27) {
  case 0:
    return hold(bo_hold, &request, problem);
  case 1:
    return confirm(&request, problem);
  case 2:
    return status(request.show_id, (which & 4) != 0, problem);
  case 8:
    return release(&request, problem);
  case 9:
    return hold(bo_extend, &request, problem);
  case 10:
    return best(request.hold_token, (which & 4) != 0, problem);
  case 18:
    return cancel((which & 4) != 0, problem);
  case 19:
    return booking(problem);
  case 24:
    return block(&request, (which & 64) == 0, problem);
  case 25:
    return cancel_seats(&request, problem);
  case 26:
    return replace(problem);
  case 16:
    return describe(request.show_id, (which & 4) != 0, problem);
  case 17:
    return list((which & 4) != 0, problem);
  default:
    if (!bo_summary(office, request.show_id, &deadline, arena, &summary, problem))
      return false;
    fuzz_read(summary.title);
    FUZZ_REQUIRE(summary.counts.available <= summary.counts.total);
    return true;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char redis_url[] = "unix:///nowhere", mongo_uri[] = "mongodb://127.0.0.1:1/?replicaSet=rs0", nothing[] = "";
  static const struct bo_config config = {.redis_url = redis_url, .mongo_uri = mongo_uri, .mongo_db = nothing,
                                          .hold_seconds = 600, .hold_max_seconds = 600, .board_seconds = 5, .max_seats = 10, .max_held = 10,
                                          .cache_bytes = 65536};
  struct fuzz_input input = {data, size};
  struct bo_problem problem = {0};
  uint8_t which = fuzz_byte(&input), flags = fuzz_byte(&input), fail_at = (flags & 8) != 0 ? fuzz_byte(&input) : 0;
  size_t of_redis = fuzz_byte(&input);

  of_redis += (size_t)fuzz_byte(&input) << 8;
  fuzz_redis_begin(fuzz_take(&input, of_redis), (flags & 1) == 0, (flags & 2) != 0);
  fuzz_mongo_begin(input, (flags & 4) == 0);
  office = bo_office_new(&config, &problem);
  arena = bo_arena_new();
  FUZZ_REQUIRE(office != NULL && arena != NULL);
  fuzz_trouble_begin(fail_at);
  for (unsigned i = 0; i < 3; i++) {
    bo_arena_reset(arena);
    deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
    problem.code = BO_PROBLEM_NONE;
    if (!operate(which + i * (flags >> 5), &problem))
      FUZZ_REQUIRE(problem.code != BO_PROBLEM_NONE && problem.detail[0] != '\0');
    bo_office_after_answer(office, arena);
  }
  fuzz_trouble_end();
  bo_office_free(office);
  bo_arena_free(arena);
  fuzz_redis_end();
  return 0;
}
