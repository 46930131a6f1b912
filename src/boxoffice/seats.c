#include "boxoffice/seats.h"

#include <string.h>

static bool all_labels(const char *const *seats, size_t n_seats, struct bo_problem *problem) {
  bool fine = true;
  for (size_t i = 0; i < n_seats; i++) {
    if (bo_seat_is_label(seats[i], strlen(seats[i]))) continue;
    if (fine) fine = bo_problem_set(problem, BO_PROBLEM_UNKNOWN_SEAT, "a seat number is 1 to 32 of the characters A-Z a-z 0-9 space . _ -");
    bo_problem_add(problem, seats[i], "unknown");
  }
  return fine;
}

static bool all_different(const char *const *seats, size_t n_seats, struct bo_problem *problem) {
  for (size_t i = 0; i < n_seats; i++) {
    for (size_t j = 0; j < i; j++) {
      if (strcmp(seats[i], seats[j]) != 0) continue;
      bo_problem_set(problem, BO_PROBLEM_DUPLICATE_SEAT, "the request names a seat twice");
      bo_problem_add(problem, seats[i], "duplicate");
      return false;
    }
  }
  return true;
}

bool bo_seats_check(const char *const *seats, size_t n_seats, long max_seats, struct bo_problem *problem) {
  if (n_seats == 0) return bo_problem_set(problem, BO_PROBLEM_NO_SEATS, "the request names no seat");
  if (n_seats > (size_t)max_seats)
    return bo_problem_set(problem, BO_PROBLEM_TOO_MANY_SEATS, "at most %ld seats in one request", max_seats);
  return all_labels(seats, n_seats, problem) && all_different(seats, n_seats, problem);
}

bool bo_seats_known(const struct bo_show *show, const char *const *seats, size_t n_seats, struct bo_problem *problem) {
  bool fine = true;
  for (size_t i = 0; i < n_seats; i++) {
    if (bo_show_seat(show, seats[i], strlen(seats[i])) != SIZE_MAX) continue;
    if (fine) fine = bo_problem_set(problem, BO_PROBLEM_UNKNOWN_SEAT, "the show has no such seat");
    bo_problem_add(problem, seats[i], "unknown");
  }
  return fine;
}

const char *bo_seats_blocked(const struct bo_show *show, const char *const *seats, size_t n_seats, struct bo_arena *arena) {
  if (show->record.n_blocked == 0) return "";
  char *flags = bo_arena_alloc(arena, n_seats + 1);
  for (size_t i = 0; flags && i < n_seats; i++) {
    size_t index = bo_show_seat(show, seats[i], strlen(seats[i]));
    flags[i] = index != SIZE_MAX && show->record.seats[index].blocked ? '1' : '0';
  }
  return flags;
}
