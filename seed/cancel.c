#include <stdio.h>

#include "seed.h"

enum { BUDGET_MS = 30000 };

/* A whole booking, whoever's it is. */
static int cancel_booking(struct seed *seed, struct bo_office *office) {
  struct bo_cancel_request request = {.user = NULL};
  struct bo_cancel_result result = {0};
  struct bo_problem problem = {0};
  if (!seed_id("BOOKING", seed->options->arguments[0], request.booking_id)) {
    return SEED_USAGE;
  }
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  if (!bo_cancel(office, &request, &deadline, seed->arena, &result, &problem)) {
    return seed_fail(&problem);
  }
  size_t n = result.already_cancelled ? 0 : result.booking.n_seats;
  if (seed->options->json) {
    (void)printf("{\"bookingId\":\"%s\",\"showId\":\"%s\",\"cancelled\":%zu}\n", request.booking_id, result.booking.show_id, n);
  } else if (result.already_cancelled) {
    (void)printf("Booking %s was cancelled before.\n", request.booking_id);
  } else {
    (void)printf("Booking %s of show %s is cancelled: %zu seats.\n", request.booking_id, result.booking.show_id, n);
  }
  return SEED_DONE;
}

/* Whatever is booked of some seats. */
static int cancel_seats(struct seed *seed, struct bo_office *office) {
  struct bo_seats_request request;
  struct bo_problem problem = {0};
  size_t n = 0;
  if (!seed_id("--show", seed->options->show, request.show_id) || !seed_seats(seed, 0, BO_PROBLEM_ITEMS_MAX, &request)) {
    return SEED_USAGE;
  }
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  bool fine = bo_cancel_seats(office, &request, &deadline, seed->arena, &n, &problem);
  if (seed->options->json) { /* also where it failed: those before are cancelled */
    (void)printf("{\"showId\":\"%s\",\"cancelled\":%zu}\n", request.show_id, n);
  } else if (fine || n > 0) {
    (void)printf("%zu of %zu seats are cancelled%s.\n", n, request.n_seats, fine ? "; the others were not booked" : " so far");
  }
  return fine ? SEED_DONE : n > 0 ? seed_fail_partly(&problem) : seed_fail(&problem);
}

int seed_cancel(struct seed *seed) {
  struct bo_problem problem = {0};
  struct bo_office *office = bo_office_new(seed->config, &problem);
  if (office == NULL) {
    return seed_fail(&problem);
  }
  int code = seed->options->show != NULL ? cancel_seats(seed, office) : cancel_booking(seed, office);
  bo_office_free(office);
  return code;
}
