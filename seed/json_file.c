#include "json_file.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "json_scan.h"
#include "util/utf8.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static void complain_at(const struct seed_json *file, size_t at, const char *what) {
  (void)fprintf(stderr, "boxoffice-seed: %s:%zu: %s\n", file->path, seed_json_line(file->text.data, at), what);
}

void seed_json_complain(const struct seed_json *file, const char *where, const char *what) {
  complain_at(file, seed_json_locate(file->text.data, file->text.length, where), what);
}

static bool read_text(struct seed_json *file) {
  char piece[65536];
  size_t got;
  FILE *in = fopen(file->path, "rbe");
  if (in == NULL) {
    (void)fprintf(stderr, "boxoffice-seed: %s: %s\n", file->path, strerror(errno));
    return false;
  }
  errno = 0;
  do {
    got = fread(piece, 1, sizeof piece, in);
    bo_buf_append(&file->text, piece, got);
  } while (got == sizeof piece && !file->text.failed);
  bool bad = ferror(in) != 0;
  int reason = errno;
  (void)fclose(in);
  bo_buf_append(&file->text, "", 0); /* even an empty file gets its NUL */
  if (bad || file->text.failed || file->text.data == NULL) {
    (void)fprintf(stderr, "boxoffice-seed: %s: %s\n", file->path,
                  bad ? strerror(reason) : file->text.failed ? "is too large (64 MB are the most)" : "is empty");
    return false;
  }
  return true;
}

/* The beginning of the first character that is none. */
static size_t bad_utf8_at(const char *text, size_t length) {
  size_t at = 0;
  for (size_t step; at < length && (step = bo_utf8_character(text + at, length - at)) > 0; at += step) {
  }
  return at;
}

static bool parse(struct seed_json *file) {
  struct json_tokener *tokener = json_tokener_new_ex(SEED_JSON_DEPTH + 1);
  if (tokener == NULL) {
    (void)fputs("boxoffice-seed: out of memory\n", stderr);
    return false;
  }
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  /* The closing NUL goes with it, or a number at the very end would still wait for its next digit. */
  file->root = json_tokener_parse_ex(tokener, file->text.data, (int)file->text.length + 1);
  enum json_tokener_error error = json_tokener_get_error(tokener);
  if (error != json_tokener_success) {
    complain_at(file, json_tokener_get_parse_end(tokener), json_tokener_error_desc(error));
  }
  json_tokener_free(tokener);
  return error == json_tokener_success;
}

bool seed_json_read(struct seed_json *file, const char *path) {
  size_t at;
  const char *what;
  *file = (struct seed_json){.path = path};
  bo_buf_init(&file->text, FILE_BYTES_MAX);
  if (!read_text(file)) {
    return false;
  }
  const char *text = file->text.data;
  size_t length = file->text.length;
  if (!bo_utf8_valid(text, length)) {
    complain_at(file, bad_utf8_at(text, length), "is not UTF-8");
    return false;
  }
  if (!seed_json_check(text, length, &at, &what)) {
    complain_at(file, at, what);
    return false;
  }
  return parse(file);
}

void seed_json_free(struct seed_json *file) {
  (void)json_object_put(file->root); /* NULL is fine */
  bo_buf_free(&file->text);
}
