/* A growing byte buffer. Failure (memory, or past the limit) is sticky: append as you like, ask once. */
#ifndef BO_UTIL_BUF_H
#define BO_UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bo_buf {
  char *data; /* owned; NUL-terminated where length > 0 or after the first append */
  size_t length;
  size_t capacity;
  size_t limit; /* bytes; 0: none */
  bool failed;
};

void bo_buf_init(struct bo_buf *buf, size_t limit);
void bo_buf_free(struct bo_buf *buf);
void bo_buf_reset(struct bo_buf *buf); /* empties it, keeps the memory, clears the failure */
bool bo_buf_reserve(struct bo_buf *buf, size_t more);
void bo_buf_append(struct bo_buf *buf, const void *bytes, size_t length);
void bo_buf_append_text(struct bo_buf *buf, const char *text);
void bo_buf_append_number(struct bo_buf *buf, uint64_t number); /* decimal; without printf, which costs ten times as much */
void bo_buf_printf(struct bo_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text as the inside of a JSON string (without quotes): escapes ", \ and control characters; a byte that
 * is no UTF-8 becomes U+FFFD, so that the result is always JSON. */
void bo_buf_append_json(struct bo_buf *buf, const char *text, size_t length);

/* Writes the number's decimal digits so that they end before `end`, at most BO_DIGITS_MAX; returns the first of them. */
enum { BO_DIGITS_MAX = 20 };
char *bo_digits(uint64_t number, char *end);

#endif
