#include <stdio.h>
#include <string.h>

#include "boxoffice/id.h"
#include "boxoffice/seats.h"
#include "seed.h"

bool seed_id(const char *what, const char *text, char out[BO_SHOW_ID_LENGTH + 1]) {
  struct bo_problem problem = {0};
  if (!bo_id_parse(what, text, strlen(text), out, &problem)) {
    (void)fprintf(stderr, "boxoffice-seed: %s\n", problem.detail);
    return false;
  }
  return true;
}

bool seed_seats(const struct seed *seed, size_t first, size_t most, struct bo_seats_request *out) {
  const struct seed_options *options = seed->options;
  struct bo_problem problem = {0};
  out->seats = (const char *const *)options->arguments + first;
  out->n_seats = options->n_arguments - first;
  out->user = "";
  if (!bo_seats_check(out->seats, out->n_seats, (long)most, &problem)) {
    (void)seed_fail(&problem);
    return false;
  }
  return true;
}
