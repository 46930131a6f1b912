/* The one error type. Functions that can fail take a `struct bo_problem *` as their last argument,
 * return false and fill it in; callers must check. Stores translate their drivers' errors into it once,
 * where they happen. */
#ifndef BO_UTIL_PROBLEM_H
#define BO_UTIL_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BO_MUST_CHECK __attribute__((warn_unused_result))

enum bo_problem_code {
  BO_PROBLEM_NONE = 0,
#define BO_PROBLEM(NAME, code, status, title, level, retryable) BO_PROBLEM_##NAME,
#include "util/problem.def"
#undef BO_PROBLEM
  BO_PROBLEM_COUNT
};

/* Named things in the way, each with its reason (a word such as "held"). */
enum { BO_PROBLEM_ITEMS_MAX = 100 };
struct bo_problem_item {
  const char *name;   /* borrowed: lives as long as the request's arena */
  const char *reason; /* static text */
};

/* Times that a client wants to know besides, each as a member of the answer. */
enum { BO_PROBLEM_TIMES_MAX = 2 };
struct bo_problem_time {
  const char *member; /* static text */
  int64_t wall_ms;
};

struct bo_problem {
  enum bo_problem_code code;
  unsigned retry_after_s; /* seconds; 0: the default of a retryable code (1 s) */
  char detail[256];       /* for a person; never a secret, never another user's id */
  size_t left; /* NOT_ENOUGH_SEATS: so many are */
  size_t n_items;
  struct bo_problem_item items[BO_PROBLEM_ITEMS_MAX];
  size_t n_times;
  struct bo_problem_time times[BO_PROBLEM_TIMES_MAX];
};

/* Sets code and detail (printf form, cut at 255 bytes), drops items. Always returns false, so that
 * `return bo_problem_set(problem, BO_PROBLEM_X, "...");` reads as one thought. */
bool bo_problem_set(struct bo_problem *problem, enum bo_problem_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds one item; silently drops what exceeds BO_PROBLEM_ITEMS_MAX (no request names more seats). */
void bo_problem_add(struct bo_problem *problem, const char *name, const char *reason);

/* Adds a time, BO_PROBLEM_TIMES_MAX at most. */
void bo_problem_add_time(struct bo_problem *problem, const char *member, int64_t wall_ms);

/* Columns of the table that any layer may read. */
const char *bo_problem_code_text(enum bo_problem_code code);
const char *bo_problem_title(enum bo_problem_code code);
bool bo_problem_retryable(enum bo_problem_code code);
int bo_problem_log_level(enum bo_problem_code code); /* an enum bo_log_level */

#endif
