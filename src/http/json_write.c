#include "http/json_write.h"

#include <string.h>

#include "util/clock.h"

/* What stands before a value, and its first character where that is always the same. A text that ends with an opening
 * bracket has nothing before it: no value ends so. All with one reservation: most of an answer's bytes come by here. */
static void begin(struct bo_buf *out, const char *key, char first) {
  size_t key_length = key != NULL ? strlen(key) : 0;
  const char *last = out->length > 0 ? out->data + out->length - 1 : "[";
  bool follows = *last != '{' && *last != '[';
  char *to;

  if (!bo_buf_reserve(out, key_length + sizeof ",\"\":[" - 1))
    return;
  to = out->data + out->length;
  if (follows)
    *to++ = ',';
  if (key != NULL) {
    *to++ = '"';
    to = mempcpy(to, key, key_length);
    *to++ = '"';
    *to++ = ':';
  }
  if (first != '\0')
    *to++ = first;
  *to = '\0';
  out->length = (size_t)(to - out->data);
}

void bo_json_open(struct bo_buf *out, const char *key, char bracket) { begin(out, key, bracket); }

void bo_json_close(struct bo_buf *out, char bracket) { bo_buf_append(out, &bracket, 1); }

void bo_json_put_text(struct bo_buf *out, const char *key, const char *text) {
  begin(out, key, '"');
  bo_buf_append_json(out, text, strlen(text));
  bo_buf_append(out, "\"", 1);
}

void bo_json_put_text_or_null(struct bo_buf *out, const char *key, const char *text) {
  if (text[0] != '\0')
    bo_json_put_text(out, key, text);
  else
    bo_json_put_null(out, key);
}

static void put_literal(struct bo_buf *out, const char *key, const char *literal) {
  begin(out, key, '\0');
  bo_buf_append_text(out, literal);
}

void bo_json_put_null(struct bo_buf *out, const char *key) { put_literal(out, key, "null"); }

void bo_json_put_bool(struct bo_buf *out, const char *key, bool value) { put_literal(out, key, value ? "true" : "false"); }

void bo_json_put_count(struct bo_buf *out, const char *key, uint64_t count) {
  begin(out, key, '\0');
  bo_buf_append_number(out, count);
}

static void append_decimals(struct bo_buf *out, unsigned thousandths) {
  char decimals[] = {'.', (char)('0' + thousandths / 100), (char)('0' + thousandths / 10 % 10), (char)('0' + thousandths % 10)};

  bo_buf_append(out, decimals, thousandths % 10 != 0 ? 4 : thousandths % 100 != 0 ? 3 : 2);
}

void bo_json_put_thousandths(struct bo_buf *out, const char *key, int64_t thousandths) {
  uint64_t size = thousandths < 0 ? -(uint64_t)thousandths : (uint64_t)thousandths;

  put_literal(out, key, thousandths < 0 ? "-" : "");
  bo_buf_append_number(out, size / 1000);
  if (size % 1000 != 0)
    append_decimals(out, (unsigned)(size % 1000));
}

void bo_json_put_time(struct bo_buf *out, const char *key, int64_t wall_ms) {
  char text[BO_CLOCK_ISO8601_SIZE];

  bo_clock_iso8601(wall_ms, text);
  bo_json_put_text(out, key, text);
}

void bo_json_put_time_or_null(struct bo_buf *out, const char *key, int64_t wall_ms) {
  if (wall_ms != 0)
    bo_json_put_time(out, key, wall_ms);
  else
    bo_json_put_null(out, key);
}
