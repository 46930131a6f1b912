#include "http/trace.h"

#include <string.h>

static const char digits[] = "0123456789abcdef"; /* capitals are ill-formed */

/* `version "-" trace-id "-" parent-id "-" flags` */
enum {
  VERSION_LENGTH = 2,
  TRACE_AT = VERSION_LENGTH + 1,
  PARENT_AT = TRACE_AT + BO_TRACE_ID_LENGTH + 1,
  FLAGS_AT = PARENT_AT + BO_PARENT_ID_LENGTH + 1,
  WHOLE_LENGTH = FLAGS_AT + 2
};

/* A field of exactly so many digits, and the text goes on behind it, or ends, with `next`. */
static bool is_field(const char *field, size_t length, char next) {
  return strspn(field, digits) == length && field[length] == next;
}

static bool is_zero(const char *field) { return strspn(field, "0") == strspn(field, digits); }

static bool is_well_formed(const char *header) {
  char end;

  if (strlen(header) < WHOLE_LENGTH)
    return false;
  end = header[WHOLE_LENGTH];
  return is_field(header, VERSION_LENGTH, '-') && strncmp(header, "ff", VERSION_LENGTH) != 0 &&
         is_field(header + TRACE_AT, BO_TRACE_ID_LENGTH, '-') && !is_zero(header + TRACE_AT) &&
         is_field(header + PARENT_AT, BO_PARENT_ID_LENGTH, '-') && !is_zero(header + PARENT_AT) &&
         is_field(header + FLAGS_AT, WHOLE_LENGTH - FLAGS_AT, end) &&
         (end == '\0' || (end == '-' && strncmp(header, "00", VERSION_LENGTH) != 0));
}

bool bo_trace_parse(const char *header, struct bo_trace *out) {
  *out = (struct bo_trace){"", ""};
  if (header == NULL || !is_well_formed(header))
    return false;
  memcpy(out->trace_id, header + TRACE_AT, BO_TRACE_ID_LENGTH);
  memcpy(out->parent_id, header + PARENT_AT, BO_PARENT_ID_LENGTH);
  return true;
}
