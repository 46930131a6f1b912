#include "store/board.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

/* A script call being put together: KEYS first, then ARGV; the text is in the arena. A failed allocation shows
 * when it is run. */
struct call {
  struct bo_arena *arena;
  struct bo_script_arg *args;
  size_t n, room, n_keys;
  bool failed;
};

static struct call call_new(struct bo_arena *arena, size_t room) {
  struct call call = {.arena = arena, .room = room, .args = bo_arena_array(arena, room, sizeof *call.args)};
  call.failed = !call.args;
  return call;
}

static void put(struct call *call, const void *data, size_t length) {
  if (!data || call->failed || call->n == call->room) {
    call->failed = true;
    return;
  }
  call->args[call->n++] = (struct bo_script_arg){data, length};
}

static void put_text(struct call *call, const char *text) { put(call, text, text ? strlen(text) : 0); }

/* Times, lengths and counts. None is negative but a moment before 1970, for which 1970 does as well. */
static void put_number(struct call *call, int64_t number) {
  char *text = bo_arena_alloc(call->arena, BO_DIGITS_MAX + 1); /* zeroed */
  put_text(call, text ? bo_digits(number < 0 ? 0 : (uint64_t)number, text + BO_DIGITS_MAX) : NULL);
}

/* "<kind>:{<show>}", and ":<rest>" where there is one. */
static void put_key(struct call *call, const char *kind, const char *show_id, const char *rest) {
  size_t rest_length = rest ? strlen(rest) + 1 : 0;
  char *key = bo_arena_alloc(call->arena, strlen(kind) + strlen(show_id) + rest_length + sizeof ":{}");
  if (key) {
    char *end = stpcpy(stpcpy(stpcpy(stpcpy(key, kind), ":{"), show_id), "}");
    if (rest) stpcpy(stpcpy(end, ":"), rest);
  }
  put_text(call, key);
}

/* The four keys that the prelude expects. */
static void put_board_keys(struct call *call, const char *show_id) {
  static const char *const names[] = {"board", "taken", "confirming", "show"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) put_key(call, names[i], show_id, NULL);
}

static void put_user_and_hold_keys(struct call *call, const char *show_id, const char *user, const char *const *seats,
                                   size_t n_seats) {
  put_key(call, "user", show_id, user);
  for (size_t i = 0; i < n_seats; i++) put_key(call, "hold", show_id, seats[i]);
}

static void end_of_keys(struct call *call) {
  call->n_keys = call->n;
  put_text(call, ""); /* ARGV[1], the run: bo_redis_script's */
}

static void put_ref(struct call *call, const struct bo_board_ref *ref) {
  end_of_keys(call);
  put_text(call, ref->mark);
  put_text(call, ref->show_hash);
}

/* How each call about seats for a user begins; `more` arguments and the seats follow. */
static struct call seats_call(const struct bo_board_ref *ref, const struct bo_board_seats *seats, size_t more,
                              struct bo_arena *arena) {
  struct call call = call_new(arena, 5 + seats->n_seats + 5 + more + seats->n_seats);
  put_board_keys(&call, ref->show_id);
  put_user_and_hold_keys(&call, ref->show_id, seats->user, seats->seats, seats->n_seats);
  put_ref(&call, ref);
  put_text(&call, seats->user);
  put_text(&call, seats->proof ? seats->proof : "");
  return call;
}

static void put_seats(struct call *call, const char *const *seats, size_t n_seats) {
  for (size_t i = 0; i < n_seats; i++) put_text(call, seats[i]);
}

static redisReply *run(struct call *call, struct bo_redis *redis, enum bo_script script, unsigned connection,
                       const struct bo_deadline *deadline, struct bo_problem *problem) {
  if (call->failed) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a Redis command");
    return NULL;
  }
  return bo_redis_script(redis, script, call->args, call->n, call->n_keys, connection, deadline, problem);
}

/* Reading a reply: whatever is not of the expected type and length makes the whole reply unreadable. */
static bool unreadable(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_REDIS_UNAVAILABLE, "Redis gave a reply of an unexpected form");
}

static bool out_of_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a reply of Redis");
}

static bool is_text(const redisReply *reply, size_t i) {
  return i < reply->elements && reply->element[i]->type == REDIS_REPLY_STRING;
}

static bool is_integer(const redisReply *reply, size_t i) {
  return i < reply->elements && reply->element[i]->type == REDIS_REPLY_INTEGER;
}

static bool copy_text(const redisReply *reply, size_t i, char *out, size_t size) {
  if (!is_text(reply, i) || reply->element[i]->len >= size) return false;
  memcpy(out, reply->element[i]->str, reply->element[i]->len);
  out[reply->element[i]->len] = '\0';
  return true;
}

/* A number as text, so that it stays exact. */
static bool copy_digits(const redisReply *reply, size_t i, char *out, size_t size) {
  return copy_text(reply, i, out, size) && *out && out[strspn(out, "0123456789")] == '\0';
}

/* Of a show, or "": it becomes a part of ETags and of maps. */
static bool copy_hash(const redisReply *reply, size_t i, char out[BO_SHOW_HASH_SIZE]) {
  return copy_text(reply, i, out, BO_SHOW_HASH_SIZE) && out[strspn(out, "0123456789abcdef")] == '\0';
}

static bool parse_ms(const redisReply *reply, size_t i, int64_t *out) {
  char digits[BO_BOARD_NUMBER_SIZE], *end;
  if (!copy_text(reply, i, digits, sizeof digits)) return false;
  *out = strtoll(digits, &end, 10);
  return end != digits && *end == '\0';
}

static const struct {
  const char *word;
  enum bo_board_verdict verdict;
} verdicts[] = {
    {"done", BO_BOARD_DONE},       {"stale", BO_BOARD_STALE}, {"show", BO_BOARD_SHOW},       {"refused", BO_BOARD_REFUSED},
    {"limit", BO_BOARD_LIMIT},     {"sold", BO_BOARD_SOLD},   {"other", BO_BOARD_OTHER},     {"missing", BO_BOARD_MISSING},
    {"late", BO_BOARD_LATE},       {"same", BO_BOARD_SAME},   {"restart", BO_BOARD_RESTART}, {"prove", BO_BOARD_PROVE},
    {"map", BO_BOARD_MAP},         {"confirming", BO_BOARD_CONFIRMING},
    {"token", BO_BOARD_TOKEN},     {"again", BO_BOARD_AGAIN},
    {"closed", BO_BOARD_CLOSED},
};

/* A set of verdicts: those that a script can give. */
#define ONE(verdict) (1u << (verdict))

/* A word that this script does not say is as bad as one that none says. */
static bool read_verdict(const redisReply *reply, unsigned expected, struct bo_board_reply *out) {
  for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
    if (strcmp(reply->element[0]->str, verdicts[i].word) == 0) {
      out->verdict = verdicts[i].verdict;
      return (expected & ONE(out->verdict)) != 0;
    }
  }
  return false;
}

static bool read_show(const redisReply *reply, struct bo_arena *arena, struct bo_board_reply *out, struct bo_problem *problem) {
  if (!copy_hash(reply, 1, out->show_hash) || !is_text(reply, 2)) return unreadable(problem);
  char *copy = bo_arena_strndup(arena, reply->element[2]->str, reply->element[2]->len);
  if (!copy) return out_of_memory(problem);
  out->show = (struct bo_show_bytes){(const uint8_t *)copy, reply->element[2]->len};
  return true;
}

static const char *reason_of(const char *word) {
  return strcmp(word, "booked") == 0 ? "booked" : strcmp(word, "blocked") == 0 ? "blocked" : "held";
}

/* Seats from element `first` on; every second is a reason where `with_reasons`. */
static bool read_seats(const redisReply *reply, size_t first, bool with_reasons, struct bo_arena *arena,
                       struct bo_board_reply *out, struct bo_problem *problem) {
  size_t step = with_reasons ? 2 : 1;
  if (reply->elements < first || (reply->elements - first) % step != 0) return unreadable(problem);
  out->n_seats = (reply->elements - first) / step;
  out->seats = bo_arena_array(arena, out->n_seats, sizeof *out->seats);
  if (!out->seats) return out_of_memory(problem);
  for (size_t i = 0; i < out->n_seats; i++) {
    size_t at = first + i * step;
    if (!is_text(reply, at) || (with_reasons && !is_text(reply, at + 1))) return unreadable(problem);
    out->seats[i].seat = bo_arena_strndup(arena, reply->element[at]->str, reply->element[at]->len);
    if (!out->seats[i].seat) return out_of_memory(problem);
    if (with_reasons) out->seats[i].reason = reason_of(reply->element[at + 1]->str);
  }
  return true;
}

/* What the operations' replies have in common: verdict (STALE and SHOW beside the `expected` ones), claim, the show. A
 * worker that has no copy of the show is told of no other verdict than those two, and callers count on it. */
static bool read_common(const redisReply *reply, unsigned expected, const struct bo_board_ref *ref, struct bo_arena *arena,
                        struct bo_board_reply *out, struct bo_problem *problem) {
  memset(out, 0, sizeof *out);
  if (!read_verdict(reply, expected | ONE(BO_BOARD_STALE) | ONE(BO_BOARD_SHOW), out)) return unreadable(problem);
  if (out->verdict == BO_BOARD_STALE) return true;
  if (out->verdict == BO_BOARD_SHOW) return read_show(reply, arena, out, problem);
  if (!ref->show_hash[0] || !is_integer(reply, 1)) return unreadable(problem);
  out->claimed = reply->element[1]->integer == 1;
  return true;
}

/* Those of a choice say which seats they are of; the others are of `n_seats`, in the order asked. */
static bool read_grants(const redisReply *reply, bool of_choice, size_t n_seats, struct bo_arena *arena,
                        struct bo_board_reply *out, struct bo_problem *problem) {
  size_t step = of_choice ? 3 : 2;
  if (reply->elements <= 3 || (reply->elements - 3) % step != 0 || !parse_ms(reply, 2, &out->now_ms)) return unreadable(problem);
  out->n_grants = (reply->elements - 3) / step;
  if (!of_choice && out->n_grants != n_seats) return unreadable(problem);
  out->grants = bo_arena_array(arena, out->n_grants, sizeof *out->grants);
  if (!out->grants) return out_of_memory(problem);
  for (size_t i = 0; i < out->n_grants; i++) {
    size_t at = 3 + step * i;
    struct bo_board_grant *grant = &out->grants[i];
    if (of_choice) {
      if (!is_text(reply, at)) return unreadable(problem);
      grant->seat = bo_arena_strndup(arena, reply->element[at]->str, reply->element[at]->len);
      if (!grant->seat) return out_of_memory(problem);
      at++;
    }
    if (!is_text(reply, at) || !parse_ms(reply, at + 1, &grant->first_end_ms)) return unreadable(problem);
    grant->hold_id = bo_arena_strndup(arena, reply->element[at]->str, reply->element[at]->len);
    if (!grant->hold_id) return out_of_memory(problem);
  }
  return true;
}

/* The prelude's map(): the tag, and which seats are taken. */
static bool read_map(const redisReply *answer, struct bo_arena *arena, struct bo_board_reply *reply,
                     struct bo_problem *problem) {
  if (!copy_digits(answer, 2, reply->version, sizeof reply->version) ||
      !copy_digits(answer, 3, reply->live, sizeof reply->live) || !is_text(answer, 4) || !is_text(answer, 5))
    return unreadable(problem);
  reply->held_seats = bo_arena_strndup(arena, answer->element[4]->str, answer->element[4]->len);
  reply->sold_seats = bo_arena_strndup(arena, answer->element[5]->str, answer->element[5]->len);
  return (reply->held_seats && reply->sold_seats) || out_of_memory(problem);
}

static bool read_limit(const redisReply *reply, struct bo_board_reply *out, struct bo_problem *problem) {
  if (!is_integer(reply, 2)) return unreadable(problem);
  out->held = reply->element[2]->integer;
  return true;
}

/* What a hold of some seats and a choice among them have in common; `room` more arguments may follow. */
static struct call hold_call(const struct bo_board_ref *ref, const struct bo_board_seats *seats, const char *blocked,
                             const char *hold_id, const char *token, int64_t hold_ms, long cap, size_t room, struct bo_arena *arena) {
  struct call call = seats_call(ref, seats, 5 + room, arena);
  put_text(&call, hold_id);
  put_text(&call, token);
  put_number(&call, hold_ms);
  put_number(&call, cap);
  put_text(&call, blocked);
  put_seats(&call, seats->seats, seats->n_seats);
  return call;
}

bool bo_board_hold(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                   const char *blocked, const char *hold_id, const char *token, int64_t hold_ms, long cap,
                   const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                   struct bo_problem *problem) {
  const unsigned can_be = ONE(BO_BOARD_DONE) | ONE(BO_BOARD_REFUSED) | ONE(BO_BOARD_TOKEN) | ONE(BO_BOARD_LIMIT) |
                          ONE(BO_BOARD_CLOSED);
  struct call call = hold_call(ref, seats, blocked, hold_id, token, hold_ms, cap, 0, arena);
  redisReply *answer = run(&call, redis, BO_SCRIPT_HOLD, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, can_be, ref, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_DONE) fine = read_grants(answer, false, seats->n_seats, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_REFUSED) fine = read_seats(answer, 2, true, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_TOKEN) fine = read_seats(answer, 2, false, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_LIMIT) fine = read_limit(answer, reply, problem);
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_choose(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_choice *choice,
                     const char *hold_id, const char *token, int64_t hold_ms, long cap, const struct bo_deadline *deadline,
                     struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) {
  const unsigned granted = ONE(BO_BOARD_DONE) | ONE(BO_BOARD_AGAIN);
  const unsigned can_be = granted | ONE(BO_BOARD_TOKEN) | ONE(BO_BOARD_LIMIT) | ONE(BO_BOARD_CLOSED) | ONE(BO_BOARD_SAME) |
                          ONE(BO_BOARD_MAP);
  struct call call = hold_call(ref, &choice->seats, "", hold_id, token, hold_ms, cap, 4 + choice->n_groups, arena);
  put_text(&call, choice->request);
  put_text(&call, choice->version);
  put_text(&call, choice->live);
  put_number(&call, (int64_t)choice->any);
  put_seats(&call, choice->groups, choice->n_groups);
  redisReply *answer = run(&call, redis, BO_SCRIPT_HOLD, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, can_be, ref, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_SAME && !choice->version[0]) fine = unreadable(problem); /* as what? */
  if (fine && (granted & ONE(reply->verdict))) fine = read_grants(answer, true, 0, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_TOKEN) fine = read_seats(answer, 2, false, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_LIMIT) fine = read_limit(answer, reply, problem);
  if (fine && reply->verdict == BO_BOARD_MAP) fine = read_map(answer, arena, reply, problem);
  bo_redis_reply_free(answer);
  return fine;
}

/* The verdicts by which an operation on the user's own holds is refused, with the seats. */
#define OWN_HOLDS_REFUSED (ONE(BO_BOARD_SOLD) | ONE(BO_BOARD_OTHER) | ONE(BO_BOARD_TOKEN) | ONE(BO_BOARD_CONFIRMING))

bool bo_board_extend(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                     int64_t hold_ms, int64_t most_ms, const struct bo_deadline *deadline, struct bo_arena *arena,
                     struct bo_board_reply *reply, struct bo_problem *problem) {
  const unsigned refused = OWN_HOLDS_REFUSED | ONE(BO_BOARD_MISSING) | ONE(BO_BOARD_CLOSED);
  struct call call = seats_call(ref, seats, 2, arena);
  put_number(&call, hold_ms);
  put_number(&call, most_ms);
  put_seats(&call, seats->seats, seats->n_seats);
  redisReply *answer = run(&call, redis, BO_SCRIPT_EXTEND, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, ONE(BO_BOARD_DONE) | refused, ref, arena, reply, problem);
  if (fine && (refused & ONE(reply->verdict))) fine = read_seats(answer, 2, false, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_DONE) fine = read_grants(answer, false, seats->n_seats, arena, reply, problem);
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_release(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                      const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                      struct bo_problem *problem) {
  struct call call = seats_call(ref, seats, 0, arena);
  put_seats(&call, seats->seats, seats->n_seats);
  redisReply *answer = run(&call, redis, BO_SCRIPT_RELEASE, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, ONE(BO_BOARD_DONE) | OWN_HOLDS_REFUSED, ref, arena, reply, problem);
  if (fine && (OWN_HOLDS_REFUSED & ONE(reply->verdict))) fine = read_seats(answer, 2, false, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_DONE) {
    fine = (is_integer(answer, 2) && answer->element[2]->integer >= 0) || unreadable(problem);
    if (fine) reply->held = answer->element[2]->integer;
  }
  bo_redis_reply_free(answer);
  return fine;
}

/* The entry of `confirming`: attempt id and seats. */
static const char *confirming_entry(struct bo_arena *arena, const char *attempt, const struct bo_board_seats *seats) {
  size_t length = strlen(attempt) + 1;
  for (size_t i = 0; i < seats->n_seats; i++) length += strlen(seats->seats[i]) + 1;
  char *entry = bo_arena_alloc(arena, length + 1), *end = entry;
  if (!entry) return NULL;
  end = stpcpy(end, attempt);
  for (size_t i = 0; i < seats->n_seats; i++) {
    *end++ = i ? ',' : ':';
    end = stpcpy(end, seats->seats[i]);
  }
  return entry;
}

bool bo_board_confirm_begin(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_board_seats *seats,
                            const char *attempt, const struct bo_deadline *deadline, struct bo_arena *arena,
                            struct bo_board_reply *reply, struct bo_problem *problem) {
  const unsigned can_be = ONE(BO_BOARD_DONE) | ONE(BO_BOARD_SOLD) | ONE(BO_BOARD_OTHER) | ONE(BO_BOARD_TOKEN) |
                          ONE(BO_BOARD_MISSING) | ONE(BO_BOARD_LATE);
  struct call call = seats_call(ref, seats, 4, arena);
  put_text(&call, confirming_entry(arena, attempt, seats));
  put_number(&call, BO_CONFIRM_DEADLINE_MS);
  put_number(&call, BO_HOLD_GRACE_MS);
  put_number(&call, BO_CONFIRM_NEED_MS);
  put_seats(&call, seats->seats, seats->n_seats);
  redisReply *answer = run(&call, redis, BO_SCRIPT_CONFIRM_BEGIN, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, can_be, ref, arena, reply, problem);
  if (fine && (reply->verdict == BO_BOARD_LATE || reply->verdict == BO_BOARD_SOLD)) {
    fine = is_integer(answer, 2) || unreadable(problem);
    if (fine) reply->under_way = reply->own_holds = answer->element[2]->integer > 0;
    fine = fine && read_seats(answer, 3, false, arena, reply, problem);
  } else if (fine && (ONE(reply->verdict) & (ONE(BO_BOARD_DONE) | ONE(BO_BOARD_OTHER) | ONE(BO_BOARD_TOKEN) | ONE(BO_BOARD_MISSING)))) {
    fine = read_seats(answer, 2, false, arena, reply, problem);
  }
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_confirm_finish(struct bo_redis *redis, const char *show_id, const struct bo_board_seats *announced,
                             const char *attempt, bool whole, const char *const *sold, size_t n_sold,
                             const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_problem *problem) {
  struct call call = call_new(arena, 5 + n_sold + 4 + n_sold);
  put_board_keys(&call, show_id);
  put_user_and_hold_keys(&call, show_id, announced->user, sold, n_sold);
  end_of_keys(&call);
  put_text(&call, announced->user);
  put_text(&call, confirming_entry(arena, attempt, announced));
  put_text(&call, whole ? "1" : "0");
  put_seats(&call, sold, n_sold);
  redisReply *answer = run(&call, redis, BO_SCRIPT_CONFIRM_FINISH, BO_ANY_CONNECTION, deadline, problem);
  bo_redis_reply_free(answer);
  return answer != NULL;
}

/* Versions from element `first` on. */
static bool read_sold_at(const redisReply *reply, size_t first, size_t n_seats, struct bo_arena *arena,
                         struct bo_board_reply *out, struct bo_problem *problem) {
  if (reply->elements != first + n_seats) return unreadable(problem);
  out->sold_at = bo_arena_array(arena, n_seats, sizeof *out->sold_at);
  if (!out->sold_at) return out_of_memory(problem);
  for (size_t i = 0; i < n_seats; i++) {
    char version[BO_BOARD_NUMBER_SIZE];
    if (!copy_text(reply, first + i, version, sizeof version)) return unreadable(problem); /* "" or digits */
    out->sold_at[i] = bo_arena_strdup(arena, version);
    if (!out->sold_at[i]) return out_of_memory(problem);
  }
  return true;
}

bool bo_board_cancel_begin(struct bo_redis *redis, const struct bo_board_ref *ref, const char *const *seats, size_t n_seats,
                           const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                           struct bo_problem *problem) {
  struct call call = call_new(arena, 4 + 3 + n_seats);
  put_board_keys(&call, ref->show_id);
  put_ref(&call, ref);
  put_seats(&call, seats, n_seats);
  redisReply *answer = run(&call, redis, BO_SCRIPT_CANCEL_BEGIN, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, ONE(BO_BOARD_DONE) | ONE(BO_BOARD_CONFIRMING), ref, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_DONE) fine = read_sold_at(answer, 2, n_seats, arena, reply, problem);
  if (fine) reply->connection = bo_redis_connection(redis);
  if (fine && reply->verdict == BO_BOARD_CONFIRMING) fine = read_seats(answer, 2, false, arena, reply, problem);
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_cancel_finish(struct bo_redis *redis, const char *show_id, const struct bo_board_seats *seats,
                            const char *const *sold_at, unsigned connection, const struct bo_deadline *deadline,
                            struct bo_arena *arena, struct bo_problem *problem) {
  struct call call = call_new(arena, 5 + seats->n_seats + 2 + 2 * seats->n_seats);
  put_board_keys(&call, show_id);
  put_user_and_hold_keys(&call, show_id, seats->user, seats->seats, seats->n_seats);
  end_of_keys(&call);
  put_text(&call, seats->user);
  for (size_t i = 0; i < seats->n_seats; i++) {
    put_text(&call, seats->seats[i]);
    put_text(&call, sold_at[i]);
  }
  redisReply *answer = run(&call, redis, BO_SCRIPT_CANCEL_FINISH, connection, deadline, problem);
  bo_redis_reply_free(answer);
  return answer != NULL;
}

bool bo_board_status(struct bo_redis *redis, const struct bo_board_ref *ref, const char *version, const char *live,
                     const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                     struct bo_problem *problem) {
  struct call call = call_new(arena, 4 + 5);
  put_board_keys(&call, ref->show_id);
  put_ref(&call, ref);
  put_text(&call, version);
  put_text(&call, live);
  redisReply *answer = run(&call, redis, BO_SCRIPT_STATUS, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, ONE(BO_BOARD_MAP) | ONE(BO_BOARD_SAME), ref, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_SAME && !version[0]) fine = unreadable(problem); /* as which rendering? */
  if (fine && reply->verdict == BO_BOARD_MAP) fine = read_map(answer, arena, reply, problem);
  bo_redis_reply_free(answer);
  return fine;
}

static bool ask_summary(struct bo_redis *redis, const struct bo_board_ref *ref, bool listed,
                        const struct bo_deadline *deadline, struct bo_arena *arena, struct bo_board_reply *reply,
                        struct bo_problem *problem) {
  struct call call = call_new(arena, 4 + 4);
  put_board_keys(&call, ref->show_id);
  put_ref(&call, ref);
  put_text(&call, listed ? "1" : "0");
  redisReply *answer = run(&call, redis, BO_SCRIPT_SUMMARY, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = read_common(answer, ONE(BO_BOARD_DONE) | (listed ? 0 : ONE(BO_BOARD_MAP)), ref, arena, reply, problem);
  if (fine && reply->verdict == BO_BOARD_MAP) {
    fine = read_map(answer, arena, reply, problem);
  } else if (fine && reply->verdict == BO_BOARD_DONE) {
    fine = (is_integer(answer, 2) && is_integer(answer, 3) && is_integer(answer, 4) && is_integer(answer, 5)) ||
           unreadable(problem);
    if (fine) {
      reply->held = answer->element[2]->integer;
      reply->sold = answer->element[3]->integer;
      reply->blocked = answer->element[4]->integer;
      reply->total = answer->element[5]->integer;
    }
  }
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_summary(struct bo_redis *redis, const struct bo_board_ref *ref, const struct bo_deadline *deadline,
                      struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) {
  return ask_summary(redis, ref, false, deadline, arena, reply, problem);
}

bool bo_board_counts(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline,
                     struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) {
  struct bo_board_ref ref = {.show_id = show_id, .show_hash = "any", .mark = ""};
  return ask_summary(redis, &ref, true, deadline, arena, reply, problem);
}

bool bo_board_load_begin(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline,
                         struct bo_arena *arena, struct bo_board_load *load, struct bo_problem *problem) {
  struct call call = call_new(arena, 4 + 1);
  put_board_keys(&call, show_id);
  end_of_keys(&call);
  redisReply *answer = run(&call, redis, BO_SCRIPT_LOAD_BEGIN, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  load->connection = bo_redis_connection(redis);
  bool fine = (copy_text(answer, 1, load->born, sizeof load->born) &&
               copy_text(answer, 2, load->version, sizeof load->version) &&
               copy_text(answer, 3, load->mark, sizeof load->mark) && is_integer(answer, 4) && is_integer(answer, 5)) ||
              unreadable(problem);
  if (fine) load->must_prove = answer->element[4]->integer == 1 || answer->element[5]->integer > 0;
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_load_merge(struct bo_redis *redis, const char *show_id, const struct bo_board_load *load, int64_t trust_ms,
                         bool proved, const struct bo_board_record *record, const struct bo_deadline *deadline,
                         struct bo_arena *arena, struct bo_board_reply *reply, struct bo_problem *problem) {
  memset(reply, 0, sizeof *reply);
  struct call call = call_new(arena, 4 + 13 + record->n_sold);
  put_board_keys(&call, show_id);
  end_of_keys(&call);
  put_text(&call, load->born);
  put_text(&call, load->version);
  put_text(&call, load->mark);
  put_number(&call, trust_ms);
  put_text(&call, proved ? "1" : "0");
  put_key(&call, "hold", show_id, "");
  put(&call, record->show.data, record->show.length);
  put_number(&call, (int64_t)record->n_seats);
  put_text(&call, record->blocked);
  put_number(&call, record->opens_ms);
  put_number(&call, record->closes_ms);
  put_text(&call, record->labels);
  put_seats(&call, record->sold, record->n_sold);
  redisReply *answer = run(&call, redis, BO_SCRIPT_LOAD_MERGE, load->connection, deadline, problem);
  if (!answer) return false;
  bool fine = (read_verdict(answer, ONE(BO_BOARD_DONE) | ONE(BO_BOARD_RESTART) | ONE(BO_BOARD_PROVE), reply) &&
               (reply->verdict != BO_BOARD_DONE || copy_hash(answer, 1, reply->show_hash))) ||
              unreadable(problem);
  bo_redis_reply_free(answer);
  return fine;
}

bool bo_board_lapse(struct bo_redis *redis, const char *show_id, const struct bo_deadline *deadline, struct bo_arena *arena,
                    int64_t *next_ms, struct bo_problem *problem) {
  struct call call = call_new(arena, 4 + 1);
  put_board_keys(&call, show_id);
  end_of_keys(&call);
  redisReply *answer = run(&call, redis, BO_SCRIPT_LAPSE, BO_ANY_CONNECTION, deadline, problem);
  if (!answer) return false;
  bool fine = (is_integer(answer, 1) && answer->element[1]->integer >= -1) || unreadable(problem);
  if (fine) *next_ms = answer->element[1]->integer;
  bo_redis_reply_free(answer);
  return fine;
}
