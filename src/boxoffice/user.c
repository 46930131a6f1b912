#include "boxoffice/office.h"
#include "util/utf8.h"

bool bo_user_check(const char *user, size_t length, struct bo_problem *problem) {
  if (length < 1 || length > BO_USER_ID_MAX)
    return bo_problem_set(problem, BO_PROBLEM_INVALID_USER, "userId must be 1 to %d bytes long", BO_USER_ID_MAX);
  for (size_t i = 0; i < length;) {
    size_t character = bo_utf8_character(user + i, length - i);
    if (!character) return bo_problem_set(problem, BO_PROBLEM_INVALID_USER, "userId must be UTF-8");
    if (bo_utf8_is_control(user + i, character))
      return bo_problem_set(problem, BO_PROBLEM_INVALID_USER, "userId must hold no control characters");
    i += character;
  }
  return true;
}
