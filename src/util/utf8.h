/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef BO_UTIL_UTF8_H
#define BO_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length (1 to 4) of the character that `text` begins with; 0 where its `length` bytes begin with none. */
size_t bo_utf8_character(const char *text, size_t length);

/* Are all `length` bytes (NUL is a character like any other) UTF-8? */
bool bo_utf8_valid(const char *text, size_t length);

/* Is the character at `text`, of `length` bytes, a control character (C0, DEL, C1)? */
bool bo_utf8_is_control(const char *text, size_t length);

/* UTF-8 without control characters? */
bool bo_utf8_printable(const char *text, size_t length);

#endif
