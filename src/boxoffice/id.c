#include "boxoffice/id.h"

#include <stddef.h>

bool bo_id_parse(const char *member, const char *text, size_t length, char out[BO_SHOW_ID_LENGTH + 1],
                 struct bo_problem *problem) {
  bool fine = length == BO_SHOW_ID_LENGTH;
  for (size_t i = 0; fine && i < length; i++) {
    char c = text[i];
    if (c >= 'A' && c <= 'F') c = (char)(c - 'A' + 'a');
    fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    out[i] = c;
  }
  if (!fine) return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s must be %d hexadecimal digits", member, BO_SHOW_ID_LENGTH);
  out[length] = '\0';
  return true;
}

bool bo_show_id_parse(const char *text, size_t length, char out[BO_SHOW_ID_LENGTH + 1], struct bo_problem *problem) {
  return bo_id_parse("showId", text, length, out, problem);
}
