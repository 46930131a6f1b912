#include "http/query.h"

#include <string.h>

#include "util/percent.h"

/* Writes at most `end - at` bytes and a NUL; false where a '%' is not followed by two digits. */
static bool decode(const char *at, const char *end, char *out, size_t *written) {
  *written = 0;
  while (at < end) {
    char byte = ' ';

    if (*at == '+')
      at++;
    else if (!bo_percent_next(&at, end, &byte))
      return false;
    out[(*written)++] = byte;
  }
  out[*written] = '\0';
  return true;
}

/* Names are ours, and none needs an encoding: one that is encoded is not told apart from one that we do not know. */
static bool is_named(const char *parameter, const char *name) {
  size_t length = strlen(name);

  return strncmp(parameter, name, length) == 0 && parameter[length] == '=';
}

bool bo_query_find(const char *query, const char *name, struct bo_arena *arena, const char **value, size_t *length,
                   struct bo_problem *problem) {
  *value = NULL;
  *length = 0;
  while (*query != '\0') {
    size_t size = strcspn(query, "&");

    if (is_named(query, name)) {
      size_t head = strlen(name) + 1;
      char *decoded = bo_arena_alloc(arena, size - head + 1);

      if (decoded == NULL)
        return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the query");
      if (*value != NULL || !decode(query + head, query + size, decoded, length))
        return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s in the query must be there once, percent-encoded", name);
      *value = decoded;
    }
    query += size + (query[size] == '&');
  }
  return true;
}
