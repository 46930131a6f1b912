#include "boxoffice/holds.h"

#include <assert.h>
#include <string.h>

#include "boxoffice/state.h"

/* Redis gets no token, only its digest. */
static bool digest_of(const char *token, char digest[BO_DIGEST_HEX_SIZE], struct bo_problem *problem) {
  return bo_digest_hex(token, strlen(token), digest, problem);
}

bool bo_holds_proof(const struct bo_office *office, const char *token, struct bo_arena *arena, const char **proof,
                    struct bo_problem *problem) {
  *proof = office->config->require_hold_token ? BO_BOARD_NO_PROOF : "";
  if (!token) return true;
  char *digest = bo_arena_alloc(arena, BO_DIGEST_HEX_SIZE);
  if (!digest) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a digest");
  *proof = digest;
  return digest_of(token, digest, problem);
}

bool bo_holds_new(const char *sent, struct bo_arena *arena, struct bo_new_hold *out, struct bo_problem *problem) {
  out->own_token = NULL;
  if (!bo_random_hex(out->hold_id, problem)) return false;
  if (sent) {
    memcpy(out->token, sent, sizeof out->token);
    return true;
  }
  char *own = bo_arena_alloc(arena, BO_RANDOM_HEX_SIZE);
  if (!own) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for a token");
  out->own_token = own;
  return bo_random_hex(own, problem) && digest_of(own, out->token, problem);
}

bool bo_holds_of(const struct bo_office *office, const struct bo_seats_request *request, struct bo_arena *arena,
                 struct bo_board_seats *out, struct bo_problem *problem) {
  *out = (struct bo_board_seats){.user = request->user, .seats = request->seats, .n_seats = request->n_seats};
  return bo_holds_proof(office, request->hold_token, arena, &out->proof, problem);
}

bool bo_holds_result(const struct bo_seats_request *request, const struct bo_board_reply *reply, struct bo_arena *arena,
                     struct bo_hold_result *out, struct bo_problem *problem) {
  *out = (struct bo_hold_result){.now_ms = reply->now_ms, .expires_ms = INT64_MAX};
  out->seats = bo_arena_array(arena, request->n_seats, sizeof *out->seats);
  if (!out->seats) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  int64_t latest = INT64_MIN;
  for (size_t i = 0; i < request->n_seats; i++) {
    const struct bo_board_grant *granted = &reply->grants[i];
    out->seats[i] = (struct bo_held_seat){request->seats[i], granted->hold_id, granted->first_end_ms};
    if (granted->first_end_ms < out->expires_ms) out->expires_ms = granted->first_end_ms;
    if (granted->first_end_ms > latest) {
      latest = granted->first_end_ms;
      out->hold_id = granted->hold_id;
    }
  }
  return true;
}

long bo_holds_owned_cap(const struct bo_config *config, const struct bo_show *show) {
  return show && show->record.max_owned != BO_UNSET ? (long)show->record.max_owned : config->max_owned;
}

long bo_holds_cap(const struct bo_config *config, const struct bo_show *show) {
  long held = show && show->record.max_held != BO_UNSET ? (long)show->record.max_held : config->max_held;
  long owned = bo_holds_owned_cap(config, show);
  return owned && owned < held ? owned : held;
}

bool bo_holds_refuse_limit(const struct bo_config *config, const struct bo_show *show, const struct bo_board_reply *reply,
                           struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_HOLD_LIMIT, "one user may hold %ld seats of this show, and holds %lld",
                        bo_holds_cap(config, show), (long long)reply->held);
}

bool bo_holds_refuse_closed(const struct bo_show *show, struct bo_problem *problem) {
  bo_problem_set(problem, BO_PROBLEM_SALE_CLOSED, "the show is not on sale now: see saleStart and saleEnd");
  if (show->record.sale_opens_ms) bo_problem_add_time(problem, "saleStart", show->record.sale_opens_ms);
  if (show->record.sale_closes_ms != BO_NEVER_MS) bo_problem_add_time(problem, "saleEnd", show->record.sale_closes_ms);
  return false;
}

static const struct refusal {
  enum bo_board_verdict verdict;
  enum bo_problem_code code;
  const char *reason, *detail;
} refusals[] = {
    {BO_BOARD_SOLD, BO_PROBLEM_SEATS_SOLD, "booked", "one or more of the seats are sold; nothing was changed"},
    {BO_BOARD_OTHER, BO_PROBLEM_HELD_BY_ANOTHER, "held", "one or more of the seats are held by another user"},
    {BO_BOARD_TOKEN, BO_PROBLEM_HOLD_TOKEN, "token", "holdToken is missing, or not that of each hold; nothing was changed"},
    {BO_BOARD_CONFIRMING, BO_PROBLEM_CONFIRMING, "confirming", "a confirmation of one or more of the seats is under way"},
    {BO_BOARD_MISSING, BO_PROBLEM_HOLD_EXPIRED, "expired", "not held, or no longer; hold the seats again"},
    {BO_BOARD_LATE, BO_PROBLEM_HOLD_EXPIRED, "expired", "the hold has expired; hold the seats again"},
};

bool bo_holds_refuse(const struct bo_board_reply *reply, struct bo_problem *problem) {
  const struct refusal *refusal = refusals, *end = refusals + sizeof refusals / sizeof *refusals;
  while (refusal < end && refusal->verdict != reply->verdict) refusal++;
  assert(refusal < end);
  bo_problem_set(problem, refusal->code, "%s", refusal->detail);
  for (size_t i = 0; i < reply->n_seats; i++) bo_problem_add(problem, reply->seats[i].seat, refusal->reason);
  return false;
}
