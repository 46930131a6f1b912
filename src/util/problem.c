#include "util/problem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/log.h"

struct row {
  const char *code;
  const char *title;
  int level;
  bool retryable;
};

static const struct row table[BO_PROBLEM_COUNT] = {
    [BO_PROBLEM_NONE] = {"none", "No problem", BO_LOG_INFO, false},
#define BO_PROBLEM(NAME, code, status, title, level, retryable)                                                        \
  [BO_PROBLEM_##NAME] = {code, title, BO_LOG_##level, retryable},
#include "util/problem.def"
#undef BO_PROBLEM
};

bool bo_problem_set(struct bo_problem *problem, enum bo_problem_code code, const char *format, ...) {
  va_list args;

  problem->code = code;
  problem->retry_after_s = 0;
  problem->left = 0;
  problem->n_items = problem->n_times = 0;
  va_start(args, format);
  if (vsnprintf(problem->detail, sizeof(problem->detail), format, args) < 0)
    problem->detail[0] = '\0';
  va_end(args);
  return false;
}

void bo_problem_add(struct bo_problem *problem, const char *name, const char *reason) {
  if (problem->n_items == BO_PROBLEM_ITEMS_MAX)
    return;
  problem->items[problem->n_items++] = (struct bo_problem_item){.name = name, .reason = reason};
}

void bo_problem_add_time(struct bo_problem *problem, const char *member, int64_t wall_ms) {
  assert(problem->n_times < BO_PROBLEM_TIMES_MAX);
  problem->times[problem->n_times++] = (struct bo_problem_time){.member = member, .wall_ms = wall_ms};
}

static const struct row *row_of(enum bo_problem_code code) {
  assert(code < BO_PROBLEM_COUNT);
  return &table[code];
}

const char *bo_problem_code_text(enum bo_problem_code code) { return row_of(code)->code; }

const char *bo_problem_title(enum bo_problem_code code) { return row_of(code)->title; }

bool bo_problem_retryable(enum bo_problem_code code) { return row_of(code)->retryable; }

int bo_problem_log_level(enum bo_problem_code code) { return row_of(code)->level; }
