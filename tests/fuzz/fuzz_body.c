/* The body of hold and confirm -> seats. First byte: who is signed in, the most seats, and with 16 that the next byte tells
 * which allocation fails. */
#include "api/seats_body.h"
#include "boxoffice/seats.h"
#include "http/problem_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/blank_request.h"

static void require_seats(const struct bo_seats_request *seats, const struct bo_request *request, long max_seats) {
  struct bo_problem problem;

  FUZZ_REQUIRE(strlen(seats->show_id) == BO_SHOW_ID_LENGTH && strspn(seats->show_id, "0123456789abcdef") == BO_SHOW_ID_LENGTH);
  FUZZ_REQUIRE(seats->n_seats >= 1 && seats->n_seats <= (size_t)max_seats);
  for (size_t i = 0; i < seats->n_seats; i++) {
    FUZZ_REQUIRE(bo_seat_is_label(seats->seats[i], strlen(seats->seats[i])));
    for (size_t j = 0; j < i; j++)
      FUZZ_REQUIRE(strcmp(seats->seats[i], seats->seats[j]) != 0);
  }
  FUZZ_REQUIRE(bo_user_check(seats->user, strlen(seats->user), &problem));
  FUZZ_REQUIRE(seats->hold_token == NULL || bo_hold_token_check(seats->hold_token, strlen(seats->hold_token), &problem));
  FUZZ_REQUIRE(request->remote_user == NULL || strcmp(request->remote_user, seats->user) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const users[] = {NULL, NULL, "ann", "b\xc3\xb6rge"};
  static const long most[] = {10, 1, 3, 100};
  static struct bo_json_reader *reader; /* one for all bodies, as in a worker */
  struct fuzz_input input = {data, size};
  struct bo_arena *arena = bo_arena_new();
  struct bo_request request;
  struct bo_response response = {.route = "hold"};
  struct bo_seats_request seats = {0};
  struct bo_problem problem = {0};
  uint8_t choice = fuzz_byte(&input), fail_at = (choice & 16) != 0 ? fuzz_byte(&input) : 0;
  char *body = fuzz_rest(&input, &size);

  if (reader == NULL)
    reader = bo_json_reader_new();
  FUZZ_REQUIRE(arena != NULL && reader != NULL);
  blank_request(&request, arena);
  request.content_type = BO_TYPE_JSON;
  request.remote_user = users[choice % 4];
  request.body = body;
  request.body_length = size;
  fuzz_trouble_begin(fail_at);
  if (bo_seats_body_parse(&request, reader, most[choice / 4 % 4], &seats, &problem)) {
    require_seats(&seats, &request, most[choice / 4 % 4]);
  } else {
    FUZZ_REQUIRE(problem.code != BO_PROBLEM_OUT_OF_MEMORY || fuzz_trouble_came(FUZZ_NO_MEMORY));
    bo_problem_respond(&problem, &request, &response);
    fuzz_require_answer(&request, &response);
  }
  fuzz_trouble_end();
  bo_arena_free(arena);
  free(body);
  return 0;
}
