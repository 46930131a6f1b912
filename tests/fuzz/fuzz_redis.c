/* Bytes of Redis -> replies -> results of the board, or what a listener hears. First bytes: how the connection begins and
 * ends, with 8 that a byte tells which allocation fails; which scripts are called, from 240 on: none, it listens. */
#include "store/board.h"
#include "store/redis_watch.h"
#include "tests/fuzz/fuzz.h"

enum { CALLS_MAX = 4, TURNS_MAX = 20, LISTEN = 240 };

static const char *const labels[] = {"S1", "S2"};
static const struct bo_board_seats seats = {.user = "ann", .seats = labels, .n_seats = 2};

struct calls {
  struct bo_redis *redis;
  struct bo_arena *arena;
  struct bo_deadline deadline;
  struct bo_board_load load;
};

static void require_seats(const struct bo_board_reply *reply) {
  for (size_t i = 0; i < reply->n_seats; i++) {
    fuzz_read(reply->seats[i].seat);
    FUZZ_REQUIRE(reply->verdict != BO_BOARD_REFUSED || reply->seats[i].reason != NULL);
  }
  FUZZ_REQUIRE(reply->show_hash[BO_SHOW_HASH_SIZE - 1] == '\0');
  if (reply->verdict == BO_BOARD_SHOW && reply->show.data != NULL)
    FUZZ_REQUIRE(((const char *)reply->show.data)[reply->show.length] == '\0');
}

static void require_map(bool fine, const struct bo_board_reply *reply) {
  if (!fine || reply->verdict != BO_BOARD_MAP)
    return;
  fuzz_read(reply->held_seats);
  fuzz_read(reply->sold_seats);
}

static bool choose(struct calls *calls, const struct bo_board_ref *ref, struct bo_board_reply *reply, struct bo_problem *problem) {
  static const char *const groups[] = {"1,2", "2;1|0"};
  const struct bo_board_choice choice = {seats, "key", "1", "2", groups, 2, 1};
  bool fine = bo_board_choose(calls->redis, ref, &choice, "0123", "70ce", 600000, 10, &calls->deadline, calls->arena, reply, problem);

  for (size_t i = 0; fine && reply->verdict == BO_BOARD_DONE && i < reply->n_grants; i++) {
    fuzz_read(reply->grants[i].seat);
    fuzz_read(reply->grants[i].hold_id);
  }
  require_map(fine, reply);
  return fine;
}

static bool call(struct calls *calls, unsigned which, struct bo_board_reply *reply, struct bo_problem *problem) {
  const struct bo_board_ref ref = {"65f0a1b2c3d4e5f601234567", "hash", ""};
  static const char *const versions[] = {"1795548469679013", ""};
  const char *sold[] = {"S1", "S2"};
  const struct bo_board_record record = {{(const uint8_t *)"document", 8}, 20, "S3,S4", "S1,S2,S3,S4", 0, BO_NEVER_MS, sold, 2};
  struct bo_redis *redis = calls->redis;
  const struct bo_deadline *deadline = &calls->deadline;
  int64_t next_ms;
  bool fine;

  switch (which % 14) {
  case 0:
    fine = bo_board_hold(redis, &ref, &seats, "", "0123", "70ce", 600000, 10, deadline, calls->arena, reply, problem);
    for (size_t i = 0; fine && reply->verdict == BO_BOARD_DONE && i < seats.n_seats; i++)
      fuzz_read(reply->grants[i].hold_id);
    return fine;
  case 1:
    return bo_board_confirm_begin(redis, &ref, &seats, "4567", deadline, calls->arena, reply, problem);
  case 2:
    return bo_board_confirm_finish(redis, ref.show_id, &seats, "4567", true, labels, 1, deadline, calls->arena, problem);
  case 3:
    fine = bo_board_status(redis, &ref, "1", "2", deadline, calls->arena, reply, problem);
    require_map(fine, reply);
    return fine;
  case 4:
    return bo_board_summary(redis, &ref, deadline, calls->arena, reply, problem);
  case 5:
    return bo_board_load_begin(redis, ref.show_id, deadline, calls->arena, &calls->load, problem);
  case 6:
    return bo_board_load_merge(redis, ref.show_id, &calls->load, 5000, true, &record, deadline, calls->arena, reply, problem);
  case 7:
    fine = bo_board_release(redis, &ref, &seats, deadline, calls->arena, reply, problem);
    FUZZ_REQUIRE(!fine || reply->held >= 0);
    return fine;
  case 9:
    return choose(calls, &ref, reply, problem);
  case 11:
    fine = bo_board_lapse(redis, ref.show_id, deadline, calls->arena, &next_ms, problem);
    FUZZ_REQUIRE(!fine || next_ms >= -1);
    return fine;
  case 12:
    fine = bo_board_cancel_begin(redis, &ref, labels, 2, deadline, calls->arena, reply, problem);
    for (size_t i = 0; fine && reply->verdict == BO_BOARD_DONE && i < 2; i++)
      fuzz_read(reply->sold_at[i]);
    return fine;
  case 13:
    return bo_board_cancel_finish(redis, ref.show_id, &seats, versions, BO_ANY_CONNECTION, deadline, calls->arena, problem);
  case 10:
    return bo_board_counts(redis, ref.show_id, deadline, calls->arena, reply, problem);
  default:
    fine = bo_board_extend(redis, &ref, &seats, 600000, 900000, deadline, calls->arena, reply, problem);
    for (size_t i = 0; fine && reply->verdict == BO_BOARD_DONE && i < seats.n_seats; i++)
      fuzz_read(reply->grants[i].hold_id);
    return fine;
  }
}

static bool is_redis_trouble(const struct bo_problem *problem) {
  return problem->code == BO_PROBLEM_REDIS_UNAVAILABLE || problem->code == BO_PROBLEM_MISCONFIGURED ||
         (problem->code == BO_PROBLEM_OUT_OF_MEMORY && fuzz_trouble_came(FUZZ_NO_MEMORY)) ||
         (problem->code == BO_PROBLEM_DEADLINE && fuzz_trouble_came(FUZZ_NO_TIME));
}

static void found(void *context, const char *show_id, size_t length) {
  size_t *sum = context;

  for (size_t i = 0; i < length; i++)
    *sum += (unsigned char)show_id[i];
}

/* As boxoffice-feed does: what boards are there, then what is heard. */
static void listen_to(const char *url, struct bo_redis *redis) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_watch *watch = bo_watch_new(url, &problem);
  struct bo_heard heard;
  char cursor[BO_CURSOR_SIZE] = "0";
  size_t sum = 0;
  bool fine = watch != NULL;

  FUZZ_REQUIRE(fine && !bo_watch_is_open(watch) && bo_watch_fd(watch) == -1);
  fine = bo_redis_scan_boards(redis, cursor, found, &sum, &deadline, &problem) && memchr(cursor, '\0', sizeof(cursor)) != NULL &&
         bo_watch_open(watch, "seats:*", &deadline, &problem);
  for (int i = 0; fine && i < TURNS_MAX; i++) {
    bool got = true;

    FUZZ_REQUIRE(bo_watch_is_open(watch));
    fine = i % 2 == 0 || bo_watch_read(watch, &problem);
    while (fine && got) {
      fine = bo_watch_next(watch, &heard, &got, &problem);
      if (fine && got)
        found(&sum, heard.text, heard.text_length);
    }
  }
  FUZZ_REQUIRE(fine || (is_redis_trouble(&problem) && !bo_watch_is_open(watch)));
  bo_watch_free(watch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_input input = {data, size};
  struct bo_problem problem = {0};
  uint8_t flags = fuzz_byte(&input), fail_at = (flags & 8) != 0 ? fuzz_byte(&input) : 0, which = fuzz_byte(&input);
  const char *url = (flags & 4) == 0 ? "unix:///nowhere" : "redis://ann:secret@nowhere:6380/2";
  struct calls calls = {.redis = bo_redis_new(url, &problem), .arena = bo_arena_new()};

  FUZZ_REQUIRE(calls.redis != NULL && calls.arena != NULL);
  fuzz_redis_begin(input, (flags & 1) == 0, (flags & 2) != 0);
  fuzz_trouble_begin(fail_at);
  if (which >= LISTEN)
    listen_to(url, calls.redis);
  for (unsigned i = 0; which < LISTEN && i < CALLS_MAX; i++) {
    struct bo_board_reply reply = {0};

    calls.deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
    problem.code = BO_PROBLEM_NONE;
    if (call(&calls, which + i * (flags >> 4), &reply, &problem))
      require_seats(&reply);
    else
      FUZZ_REQUIRE(is_redis_trouble(&problem));
  }
  fuzz_trouble_end();
  bo_redis_free(calls.redis);
  fuzz_redis_end();
  bo_arena_free(calls.arena);
  return 0;
}
