#include <string.h>

#include "boxoffice/office.h"

bool bo_hold_token_check(const char *token, size_t length, struct bo_problem *problem) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  if (length < BO_HOLD_TOKEN_MIN || length > BO_HOLD_TOKEN_MAX || strspn(token, allowed) != length)
    return bo_problem_set(problem, BO_PROBLEM_INVALID_HOLD_TOKEN, "holdToken must be %d to %d of the characters A-Z a-z 0-9 _ -",
                          BO_HOLD_TOKEN_MIN, BO_HOLD_TOKEN_MAX);
  return true;
}
