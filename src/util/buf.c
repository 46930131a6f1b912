#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/utf8.h"

void bo_buf_init(struct bo_buf *buf, size_t limit) { *buf = (struct bo_buf){.limit = limit}; }

void bo_buf_free(struct bo_buf *buf) {
  free(buf->data);
  *buf = (struct bo_buf){.limit = buf->limit};
}

void bo_buf_reset(struct bo_buf *buf) {
  buf->length = 0;
  buf->failed = false;
  if (buf->data != NULL)
    buf->data[0] = '\0';
}

bool bo_buf_reserve(struct bo_buf *buf, size_t more) {
  size_t need, capacity;
  char *data;

  if (buf->failed)
    return false;
  if (more > SIZE_MAX / 4 - buf->length || (buf->limit != 0 && more > buf->limit - buf->length))
    goto failed;
  need = buf->length + more + 1; /* and the NUL */
  if (need <= buf->capacity)
    return true;
  capacity = buf->capacity < 256 ? 256 : buf->capacity;
  while (capacity < need)
    capacity *= 2;
  data = realloc(buf->data, capacity);
  if (data == NULL)
    goto failed;
  buf->data = data;
  buf->capacity = capacity;
  return true;

failed:
  buf->failed = true;
  return false;
}

void bo_buf_append(struct bo_buf *buf, const void *bytes, size_t length) {
  if (!bo_buf_reserve(buf, length))
    return;
  if (length > 0)
    memcpy(buf->data + buf->length, bytes, length);
  buf->length += length;
  buf->data[buf->length] = '\0';
}

void bo_buf_append_text(struct bo_buf *buf, const char *text) { bo_buf_append(buf, text, strlen(text)); }

char *bo_digits(uint64_t number, char *end) {
  do
    *--end = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  return end;
}

void bo_buf_append_number(struct bo_buf *buf, uint64_t number) {
  char digits[BO_DIGITS_MAX], *end = digits + sizeof(digits), *first = bo_digits(number, end);

  bo_buf_append(buf, first, (size_t)(end - first));
}

/* Mostly there is room at once, and the text is formatted once. */
void bo_buf_printf(struct bo_buf *buf, const char *format, ...) {
  va_list args;
  size_t room = buf->failed ? 0 : buf->capacity - buf->length;
  int length;

  if (buf->limit != 0 && room > buf->limit - buf->length + 1)
    room = buf->limit - buf->length + 1;
  va_start(args, format);
  length = vsnprintf(room > 0 ? buf->data + buf->length : NULL, room, format, args);
  va_end(args);
  if (length < 0) {
    buf->failed = true;
  } else if ((size_t)length >= room && bo_buf_reserve(buf, (size_t)length)) {
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
    va_end(args);
  }
  if (!buf->failed)
    buf->length += (size_t)length;
  if (buf->data != NULL && buf->capacity > buf->length)
    buf->data[buf->length] = '\0';
}

static void append_escaped(struct bo_buf *buf, unsigned char byte) {
  switch (byte) {
  case '"':
    bo_buf_append_text(buf, "\\\"");
    break;
  case '\\':
    bo_buf_append_text(buf, "\\\\");
    break;
  case '\n':
    bo_buf_append_text(buf, "\\n");
    break;
  case '\r':
    bo_buf_append_text(buf, "\\r");
    break;
  case '\t':
    bo_buf_append_text(buf, "\\t");
    break;
  default:
    bo_buf_printf(buf, "\\u%04x", byte);
  }
}

/* Does the byte stand for itself within a JSON string, whatever is beside it? */
static bool is_plain(unsigned char byte) { return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\'; }

void bo_buf_append_json(struct bo_buf *buf, const char *text, size_t length) {
  size_t begin = 0, at = 0; /* what lies between them is appended as it is */

  for (;;) {
    size_t size;

    while (at < length && is_plain((unsigned char)text[at]))
      at++;
    if (at == length)
      break;
    size = bo_utf8_character(text + at, length - at);
    if (size > 1) {
      at += size;
      continue;
    }
    bo_buf_append(buf, text + begin, at - begin);
    if (size == 0)
      bo_buf_append_text(buf, "\\ufffd");
    else
      append_escaped(buf, (unsigned char)text[at]);
    begin = ++at;
  }
  bo_buf_append(buf, text + begin, at - begin);
}
