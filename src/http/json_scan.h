/* What json-c 0.16 lets pass although RFC 8259 does not, or although two readers may understand it in two ways:
 * NaN and Infinity, 'single' quotes, raw control characters, bad UTF-8 in odd places, lone surrogates, NUL in
 * keys, numbers like "1." or "+1". One pass over the raw text, without memory; nesting and commas are left to
 * json-c. (seed/json_scan.h, for an operator's file, is another scanner: it follows the nesting, to say on which line
 * something stands.) Pure. */
#ifndef BO_HTTP_JSON_SCAN_H
#define BO_HTTP_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct bo_json_scan {
  size_t keys;       /* strings before a colon: as many as the parsed tree has members, unless one is doubled */
  bool has_numbers;
  size_t at;         /* byte at which `error` was seen */
  const char *error; /* static text; NULL where all is well */
};

bool bo_json_scan(const char *text, size_t length, struct bo_json_scan *out) __attribute__((warn_unused_result));

#endif
