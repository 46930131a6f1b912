/* Writing JSON: each function appends one value to `out`, and the comma before it where one is due. In an object it goes
 * with its key, a literal that needs no escape; in an array, and for the whole text, the key is NULL. Failure stays in the
 * buffer: write as you like, ask once. */
#ifndef BO_HTTP_JSON_WRITE_H
#define BO_HTTP_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"

void bo_json_open(struct bo_buf *out, const char *key, char bracket);  /* '{' or '[' */
void bo_json_close(struct bo_buf *out, char bracket);                  /* '}' or ']' */

void bo_json_put_text(struct bo_buf *out, const char *key, const char *text);
void bo_json_put_text_or_null(struct bo_buf *out, const char *key, const char *text); /* "": null */
void bo_json_put_null(struct bo_buf *out, const char *key);
void bo_json_put_bool(struct bo_buf *out, const char *key, bool value);
void bo_json_put_count(struct bo_buf *out, const char *key, uint64_t count);
void bo_json_put_thousandths(struct bo_buf *out, const char *key, int64_t thousandths); /* -1500: -1.5 */
void bo_json_put_time(struct bo_buf *out, const char *key, int64_t wall_ms);
void bo_json_put_time_or_null(struct bo_buf *out, const char *key, int64_t wall_ms); /* 0: null */

#endif
