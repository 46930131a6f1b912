#include "http/json_scan.h"

#include <string.h>

#include "util/utf8.h"

struct scanner {
  const char *at, *end;
  const char *error;
};

static bool fail(struct scanner *scanner, const char *error) {
  scanner->error = error;
  return false;
}

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static bool next_is(const struct scanner *scanner, char byte) {
  return scanner->at < scanner->end && *scanner->at == byte;
}

static void skip_blanks(struct scanner *scanner) {
  while (next_is(scanner, ' ') || next_is(scanner, '\t') || next_is(scanner, '\n') || next_is(scanner, '\r'))
    scanner->at++;
}

static bool skip_digits(struct scanner *scanner) {
  const char *begin = scanner->at;

  while (scanner->at < scanner->end && is_digit(*scanner->at))
    scanner->at++;
  return scanner->at > begin;
}

/* Behind "\u": its four digits; -1 where they are not there. */
static long scan_hex(struct scanner *scanner) {
  static const char digits[] = "0123456789abcdef";
  long value = 0;

  if (scanner->end - scanner->at < 4)
    return -1;
  for (int i = 0; i < 4; i++, scanner->at++) {
    char byte = *scanner->at;
    const char *digit = byte == '\0' ? NULL : strchr(digits, byte >= 'A' && byte <= 'F' ? byte - 'A' + 'a' : byte);

    if (digit == NULL)
      return -1;
    value = value * 16 + (digit - digits);
  }
  return value;
}

/* At the byte behind a backslash. */
static bool scan_escape(struct scanner *scanner, bool *nul) {
  long unit;

  if (scanner->at == scanner->end || *scanner->at == '\0' || strchr("\"\\/bfnrtu", *scanner->at) == NULL)
    return fail(scanner, "unknown escape");
  if (*scanner->at++ != 'u')
    return true;
  unit = scan_hex(scanner);
  if (unit < 0)
    return fail(scanner, "\\u without four digits");
  if (unit == 0)
    *nul = true;
  if (unit < 0xd800 || unit > 0xdfff)
    return true;
  if (unit > 0xdbff || scanner->end - scanner->at < 6 || memcmp(scanner->at, "\\u", 2) != 0)
    return fail(scanner, "half of a surrogate pair");
  scanner->at += 2;
  unit = scan_hex(scanner);
  if (unit < 0xdc00 || unit > 0xdfff)
    return fail(scanner, "half of a surrogate pair");
  return true;
}

/* At the byte behind the opening quote. */
static bool scan_string(struct scanner *scanner, bool *nul) {
  *nul = false;
  while (scanner->at < scanner->end) {
    unsigned char byte = (unsigned char)*scanner->at;
    size_t size;

    if (byte < 0x20)
      return fail(scanner, "control character in a string");
    if (byte == '"') {
      scanner->at++;
      return true;
    }
    if (byte == '\\') {
      scanner->at++;
      if (!scan_escape(scanner, nul))
        return false;
      continue;
    }
    size = bo_utf8_character(scanner->at, (size_t)(scanner->end - scanner->at));
    if (size == 0)
      return fail(scanner, "not UTF-8");
    scanner->at += size;
  }
  return fail(scanner, "a string without end");
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static bool scan_number(struct scanner *scanner) {
  bool ok;

  if (next_is(scanner, '-'))
    scanner->at++;
  if (next_is(scanner, '0')) {
    scanner->at++;
    ok = scanner->at == scanner->end || !is_digit(*scanner->at);
  } else {
    ok = skip_digits(scanner);
  }
  if (ok && next_is(scanner, '.')) {
    scanner->at++;
    ok = skip_digits(scanner);
  }
  if (ok && (next_is(scanner, 'e') || next_is(scanner, 'E'))) {
    scanner->at++;
    if (next_is(scanner, '+') || next_is(scanner, '-'))
      scanner->at++;
    ok = skip_digits(scanner);
  }
  return ok ? true : fail(scanner, "not a number");
}

static bool scan_literal(struct scanner *scanner) {
  static const char *const literals[] = {"true", "false", "null"};

  for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
    size_t length = strlen(literals[i]);

    if ((size_t)(scanner->end - scanner->at) >= length && memcmp(scanner->at, literals[i], length) == 0) {
      scanner->at += length;
      return true;
    }
  }
  return fail(scanner, "not JSON");
}

static bool scan_token(struct scanner *scanner, struct bo_json_scan *out) {
  bool nul;

  if (*scanner->at == '"') {
    scanner->at++;
    if (!scan_string(scanner, &nul))
      return false;
    skip_blanks(scanner);
    if (!next_is(scanner, ':'))
      return true;
    out->keys++;
    /* json-c's keys end at a NUL, so "a" and "a\u0000b" would be one. */
    return nul ? fail(scanner, "NUL in a key") : true;
  }
  if (*scanner->at == '-' || is_digit(*scanner->at)) {
    out->has_numbers = true;
    return scan_number(scanner);
  }
  if (*scanner->at != '\0' && strchr("{}[]:,", *scanner->at) != NULL) {
    scanner->at++;
    return true;
  }
  return scan_literal(scanner);
}

bool bo_json_scan(const char *text, size_t length, struct bo_json_scan *out) {
  struct scanner scanner = {.at = text, .end = text + length};
  bool ok = true;

  *out = (struct bo_json_scan){0};
  skip_blanks(&scanner);
  while (ok && scanner.at < scanner.end) {
    ok = scan_token(&scanner, out);
    skip_blanks(&scanner);
  }
  out->at = (size_t)(scanner.at - text);
  out->error = scanner.error;
  return ok;
}
