#include "http/query.h"

#include <string.h>

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* Writes at most `length` bytes; false where a '%' is not followed by two digits. */
static bool decode(const char *text, size_t length, char *out, size_t *written) {
  *written = 0;
  for (size_t i = 0; i < length; i++) {
    char byte = text[i] == '+' ? ' ' : text[i];

    if (byte == '%') {
      int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
      int low = high < 0 ? -1 : hex_digit(text[i + 2]);

      if (low < 0)
        return false;
      byte = (char)(high * 16 + low);
      i += 2;
    }
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
      if (*value != NULL || !decode(query + head, size - head, decoded, length))
        return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "%s in the query must be there once, percent-encoded", name);
      *value = decoded;
    }
    query += size + (query[size] == '&');
  }
  return true;
}
