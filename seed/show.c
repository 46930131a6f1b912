#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxoffice/replace.h"
#include "draft.h"
#include "layout_fields.h"
#include "seed.h"
#include "time_text.h"

enum { BUDGET_MS = 30000, DEFAULT_SEATS = 100 };

static const int64_t day_ms = 24LL * 3600 * 1000;

static int usage(const char *what) {
  (void)fprintf(stderr, "boxoffice-seed: %s\n", what);
  return SEED_USAGE;
}

/* A whole number; the range is the show's to check. Not given: left as it is. */
static bool read_number(const char *text, int64_t *out) {
  char *end;
  if (text == NULL) {
    return true;
  }
  errno = 0;
  *out = strtoll(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *out >= 0;
}

static int read_limits(const struct seed_options *options, struct bo_show_draft *out) {
  if (options->sale_start != NULL && !seed_time_parse(options->sale_start, &out->sale_opens_ms)) {
    return usage("--sale-start must be a time as 2026-12-01T20:00:00Z");
  }
  if (options->sale_end != NULL && !seed_time_parse(options->sale_end, &out->sale_closes_ms)) {
    return usage("--sale-end must be a time as 2026-12-01T20:00:00Z");
  }
  if (!read_number(options->max_held, &out->max_held) || !read_number(options->max_owned, &out->max_owned)) {
    return usage("--max-held and --max-owned must be whole numbers");
  }
  return SEED_DONE;
}

/* `layout` is read by the caller and lives as long as the draft. */
static int draft_from_options(const struct seed_options *options, struct bo_show_draft *out) {
  *out = (struct bo_show_draft){.title = options->title != NULL ? options->title : "Interstellar",
                                .start_ms = bo_clock_wall_ms() + day_ms,
                                .max_held = BO_UNSET,
                                .max_owned = BO_UNSET,
                                .total_seats = options->layout == NULL ? DEFAULT_SEATS : 0};
  if (options->start != NULL && !seed_time_parse(options->start, &out->start_ms)) {
    return usage("--start must be a time as 2026-12-01T20:00:00Z");
  }
  if (!read_number(options->seats, &out->total_seats) || out->total_seats > BO_SHOW_SEATS_MAX ||
      (options->seats != NULL && out->total_seats < 1)) {
    return usage("--seats must be a whole number from 1 to 100000");
  }
  return read_limits(options, out);
}

/* `old` goes in the same transaction. */
static int add(struct seed *seed, const struct bo_show_draft *draft, const struct bo_replacement *old, bool *unknown) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  const char *const *ids;
  if (!bo_catalogue_add(seed->mongo, draft, 1, old->shows, old->n, &deadline, seed->arena, &ids, &problem)) {
    *unknown = problem.code == BO_PROBLEM_OUTCOME_UNKNOWN;
    return seed_fail(&problem);
  }
  seed_draft_print(draft, ids[0], seed->options->json);
  if (seed->options->json) {
    (void)putchar('\n');
  }
  return SEED_DONE;
}

/* What was closed for nothing is opened again; not where it may be gone yet. */
static int give_up(struct seed *seed, struct bo_office *office, struct bo_replacement *old, bool unknown, int code) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  if (old->n_closed > 0 && (unknown || !bo_replace_reopen(office, old, &deadline, seed->arena, &problem))) {
    (void)fputs("boxoffice-seed: a show of this title, if it is still there, is closed now: repeat the command\n", stderr);
    return code == SEED_FAILED ? SEED_PARTLY : code;
  }
  return code;
}

static int replace(struct seed *seed, const struct bo_show_draft *draft) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  struct bo_replacement old = {0};
  bool unknown = false;
  struct bo_office *office = bo_office_new(seed->config, &problem);
  if (office == NULL) {
    return seed_fail(&problem);
  }
  int code = bo_replace_close(office, draft->title, &deadline, seed->arena, &old, &problem)
                 ? add(seed, draft, &old, &unknown)
                 : seed_fail(&problem);
  if (code != SEED_DONE) {
    code = give_up(seed, office, &old, unknown, code);
  }
  bo_office_free(office);
  return code;
}

static int store(struct seed *seed, const struct bo_show_draft *draft) {
  const struct bo_replacement none = {0};
  bool unknown;
  return seed->options->replace ? replace(seed, draft) : add(seed, draft, &none, &unknown);
}

/* The layout's paths are "layout.sections…" in a show; in a file of its own they begin at "sections". */
static bool check_layout(const struct seed_json *file, struct bo_arena *arena, struct bo_show_draft *draft) {
  struct bo_problem problem = {0};
  size_t n_seats;
  draft->layout = file->root;
  if (bo_catalogue_check(draft, arena, &n_seats, &problem)) {
    draft->total_seats = (int64_t)n_seats;
    return true;
  }
  const size_t prefix = strlen("layout");
  const char *where = strncmp(problem.detail, "layout", prefix) == 0 ? problem.detail + prefix : "";
  char path[sizeof problem.detail];
  (void)snprintf(path, sizeof path, "%.*s", (int)strcspn(where, ":"), where);
  seed_json_complain(file, path, problem.detail);
  return false;
}

int seed_show(struct seed *seed) {
  const struct seed_options *options = seed->options;
  struct bo_show_draft draft;
  struct seed_json file = {0};
  int code = draft_from_options(options, &draft);
  if (code != SEED_DONE) {
    return code;
  }
  code = SEED_FAILED;
  if (options->layout != NULL) {
    if (!seed_json_read(&file, options->layout) || !seed_layout_fields_known(&file, "", file.root) ||
        !check_layout(&file, seed->arena, &draft)) {
      goto done;
    }
  } else if (!seed_draft_check(NULL, "", seed->arena, &draft)) {
    goto done;
  }
  code = store(seed, &draft);
done:
  seed_json_free(&file);
  return code;
}
