#include "json_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct scan {
  const char *text;
  size_t length, at;
  const char *what; /* the first mistake */
  int depth;
};

static bool fail(struct scan *scan, const char *what) {
  if (scan->what == NULL) {
    scan->what = what;
  }
  return false;
}

static int peek(const struct scan *scan) {
  return scan->at < scan->length ? (unsigned char)scan->text[scan->at] : -1;
}

static void skip_space(struct scan *scan) {
  while (scan->at < scan->length && memchr(" \t\r\n", scan->text[scan->at], 4) != NULL) {
    scan->at++;
  }
}

static bool expect(struct scan *scan, int c, const char *what) {
  skip_space(scan);
  if (peek(scan) != c) {
    return fail(scan, what);
  }
  scan->at++;
  return true;
}

static bool scan_value(struct scan *scan);

/* On the opening quote. */
static bool scan_string(struct scan *scan) {
  size_t begin = scan->at;
  if (!expect(scan, '"', "a string was expected here")) {
    return false;
  }
  for (; scan->at < scan->length && scan->text[scan->at] != '"'; scan->at++) {
    if ((unsigned char)scan->text[scan->at] < 0x20) {
      return fail(scan, "this string is not closed on its line");
    }
    if (scan->text[scan->at] == '\\') {
      scan->at++;
      if (strncmp(scan->text + scan->at, "u0000", 5) == 0) {
        return fail(scan, "text with a NUL character");
      }
    }
  }
  if (scan->at >= scan->length) {
    scan->at = begin;
    return fail(scan, "this string is not closed");
  }
  scan->at++;
  return true;
}

static bool scan_word(struct scan *scan) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < 3; i++) {
    size_t length = strlen(words[i]);
    if (scan->length - scan->at >= length && memcmp(scan->text + scan->at, words[i], length) == 0) {
      scan->at += length;
      return true;
    }
  }
  return fail(scan, "a value was expected here");
}

/* Its exact shape is json-c's affair. */
static bool scan_number(struct scan *scan) {
  while (scan->at < scan->length && (isdigit(peek(scan)) || memchr("+-.eE", peek(scan), 5) != NULL)) {
    scan->at++;
  }
  return true;
}

struct key {
  const char *text;
  size_t length, at;
};

static int compare_keys(const void *a, const void *b) {
  const struct key *one = a, *other = b;
  size_t shorter = one->length < other->length ? one->length : other->length;
  int order = memcmp(one->text, other->text, shorter);
  if (order != 0) {
    return order;
  }
  return one->length != other->length ? (one->length < other->length ? -1 : 1) : (one->at < other->at ? -1 : 1);
}

/* The keys of an object, sorted, show a double as neighbours; the later one is complained of. */
static bool keys_differ(struct scan *scan, struct key *keys, size_t n) {
  qsort(keys, n, sizeof *keys, compare_keys);
  for (size_t i = 1; i < n; i++) {
    if (keys[i].length == keys[i - 1].length && memcmp(keys[i].text, keys[i - 1].text, keys[i].length) == 0) {
      scan->at = keys[i].at;
      return fail(scan, "this key is there twice");
    }
  }
  return true;
}

static bool add_key(struct scan *scan, struct key **keys, size_t *n, size_t from) {
  if ((*n & (*n - 1)) == 0) { /* room for the next power of two */
    struct key *wider = realloc(*keys, (*n == 0 ? 1 : *n * 2) * sizeof **keys);
    if (wider == NULL) {
      return fail(scan, "out of memory");
    }
    *keys = wider;
  }
  (*keys)[(*n)++] = (struct key){.text = scan->text + from, .length = scan->at - from, .at = from};
  return true;
}

/* A key that is spelt with an escape could be another one in disguise; none that we know needs any. */
static bool is_plain(struct scan *scan, size_t from) {
  const char *escape = memchr(scan->text + from, '\\', scan->at - from);
  if (escape == NULL) {
    return true;
  }
  scan->at = from;
  return fail(scan, "a key must be spelt without a backslash");
}

/* Past the opening brace. */
static bool scan_members(struct scan *scan, struct key **keys, size_t *n) {
  do {
    skip_space(scan);
    size_t from = scan->at;
    if (!scan_string(scan) || !is_plain(scan, from) || !add_key(scan, keys, n, from) ||
        !expect(scan, ':', "a colon was expected here") || !scan_value(scan)) {
      return false;
    }
    skip_space(scan);
  } while (peek(scan) == ',' && ++scan->at);
  return expect(scan, '}', "a comma or } was expected here");
}

static bool scan_object(struct scan *scan) {
  struct key *keys = NULL;
  size_t n = 0;
  scan->at++;
  skip_space(scan);
  if (peek(scan) == '}') {
    scan->at++;
    return true;
  }
  bool ok = scan_members(scan, &keys, &n) && keys_differ(scan, keys, n);
  free(keys);
  return ok;
}

static bool scan_array(struct scan *scan) {
  scan->at++;
  skip_space(scan);
  if (peek(scan) == ']') {
    scan->at++;
    return true;
  }
  do {
    if (!scan_value(scan)) {
      return false;
    }
    skip_space(scan);
  } while (peek(scan) == ',' && ++scan->at);
  return expect(scan, ']', "a comma or ] was expected here");
}

static bool scan_value(struct scan *scan) {
  skip_space(scan);
  int c = peek(scan);
  if (c == '"') {
    return scan_string(scan);
  }
  if (c == '-' || (c >= 0 && isdigit(c))) {
    return scan_number(scan);
  }
  if (c != '{' && c != '[') {
    return c < 0 ? fail(scan, "the file ends too early") : scan_word(scan);
  }
  if (++scan->depth > SEED_JSON_DEPTH) {
    return fail(scan, "nested too deeply");
  }
  bool ok = c == '{' ? scan_object(scan) : scan_array(scan);
  scan->depth--;
  return ok;
}

bool seed_json_check(const char *text, size_t length, size_t *at, const char **what) {
  struct scan scan = {.text = text, .length = length};
  bool ok = scan_value(&scan);
  if (ok) {
    skip_space(&scan);
    ok = scan.at == length || fail(&scan, "nothing more was expected here");
  }
  *at = scan.at;
  *what = scan.what;
  return ok;
}

/* -- finding one's way in text that has passed the check ---------------------------------------------- */

/* On "[": moves to element `index`. */
static bool enter_element(struct scan *scan, unsigned long index) {
  if (peek(scan) != '[') {
    return false;
  }
  scan->at++;
  skip_space(scan);
  for (unsigned long i = 0; peek(scan) != ']'; i++) {
    if (i == index) {
      return true;
    }
    if (!scan_value(scan)) {
      return false;
    }
    skip_space(scan);
    scan->at += peek(scan) == ',';
    skip_space(scan);
  }
  return false;
}

/* On "{": moves to the value of `name`. */
static bool enter_member(struct scan *scan, const char *name, size_t length) {
  if (peek(scan) != '{') {
    return false;
  }
  scan->at++;
  skip_space(scan);
  while (peek(scan) == '"') {
    size_t from = scan->at + 1;
    if (!scan_string(scan)) {
      return false;
    }
    bool found = scan->at - 1 - from == length && memcmp(scan->text + from, name, length) == 0;
    scan->at += strcspn(scan->text + scan->at, ":") + 1;
    skip_space(scan);
    if (found) {
      return true;
    }
    if (!scan_value(scan)) {
      return false;
    }
    skip_space(scan);
    scan->at += peek(scan) == ',';
    skip_space(scan);
  }
  return false;
}

size_t seed_json_locate(const char *text, size_t length, const char *path) {
  struct scan scan = {.text = text, .length = length};
  skip_space(&scan);
  size_t deepest = scan.at;
  while (*path != '\0') {
    bool found;
    if (*path == '[') {
      char *end;
      found = enter_element(&scan, strtoul(path + 1, &end, 10));
      path = *end == ']' ? end + 1 : end;
    } else {
      path += *path == '.';
      size_t name = strcspn(path, ".[");
      found = enter_member(&scan, path, name);
      path += name;
    }
    if (!found) {
      break;
    }
    deepest = scan.at;
  }
  return deepest;
}

size_t seed_json_line(const char *text, size_t at) {
  size_t line = 1;
  for (size_t i = 0; i < at; i++) {
    line += text[i] == '\n';
  }
  return line;
}
