#include <stdio.h>

#include "seed.h"

enum { BUDGET_MS = 30000 };

/* What the operator has to know beside that it was done. */
static void tell(const struct bo_seats_request *request, const struct bo_block_result *result) {
  for (size_t i = 0; i < request->n_seats; i++) {
    if (result->states[i] == BO_BLOCK_HELD) {
      (void)fprintf(stderr, "boxoffice-seed: %s is held: it can still be confirmed until the hold lapses\n", request->seats[i]);
    } else if (result->states[i] == BO_BLOCK_BOOKED) {
      (void)fprintf(stderr, "boxoffice-seed: %s is sold, and stays sold\n", request->seats[i]);
    }
  }
}

static void print_json(const struct bo_seats_request *request, const struct bo_block_result *result, bool blocked) {
  static const char *const words[] = {[BO_BLOCK_FREE] = "free", [BO_BLOCK_HELD] = "held", [BO_BLOCK_BOOKED] = "booked"};
  (void)printf("{\"showId\":\"%s\",\"blocked\":%s,\"changed\":%zu,\"seats\":[", request->show_id,
               blocked ? "true" : "false", result->n_changed);
  for (size_t i = 0; i < request->n_seats; i++) { /* no character of a label needs escaping */
    (void)printf("%s{\"seatNumber\":\"%s\",\"state\":\"%s\"}", i > 0 ? "," : "", request->seats[i],
                 words[result->states[i]]);
  }
  (void)printf("]}\n");
}

static int change(struct seed *seed, bool blocked) {
  struct bo_seats_request request;
  struct bo_block_result result = {0};
  struct bo_problem problem = {0};
  if (!seed_id("SHOW", seed->options->arguments[0], request.show_id) || !seed_seats(seed, 1, BO_SHOW_SEATS_MAX, &request)) {
    return SEED_USAGE;
  }
  struct bo_office *office = bo_office_new(seed->config, &problem);
  if (office == NULL) {
    return seed_fail(&problem);
  }
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  int code = SEED_DONE;
  if (!bo_block(office, &request, blocked, &deadline, seed->arena, &result, &problem)) {
    code = result.stored ? seed_fail_partly(&problem) : seed_fail(&problem);
    if (result.stored) {
      (void)fputs("The show has it, but its board could not be told: workers go by it within BOXOFFICE_BOARD_SECONDS.\n", stderr);
    }
  } else if (seed->options->json) {
    print_json(&request, &result, blocked);
  } else {
    (void)printf("%zu of %zu seats %s now, the others were already.\n", result.n_changed, request.n_seats,
                 blocked ? "are blocked" : "are on sale");
    if (blocked) {
      tell(&request, &result);
    }
  }
  bo_office_free(office);
  return code;
}

int seed_block(struct seed *seed) { return change(seed, true); }

int seed_unblock(struct seed *seed) { return change(seed, false); }
