/* A scan of JSON text that knows where everything stands, for operators who look for a mistake in a long file. Pure: no
 * files, no output. src/http/json_scan.h is another one: it looks at the tokens alone, in one pass, without recursion and
 * memory, as befits what a stranger sends; it has no idea of members and places, and here nobody is a stranger. */
#ifndef BO_SEED_JSON_SCAN_H
#define BO_SEED_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { SEED_JSON_DEPTH = 32 };

/* Is it one JSON value, no key twice in an object, none spelt with an escape, by which one could be
 * there twice after all? False: *at is where it is not, *what says how (static text). */
bool seed_json_check(const char *text, size_t length, size_t *at, const char **what);

/* Where the value at `path` ("[3].layout.sections[0]"; "" is the root) begins, or its deepest existing part. The text
 * has passed the check. */
size_t seed_json_locate(const char *text, size_t length, const char *path);

/* 1 for the first. */
size_t seed_json_line(const char *text, size_t at);

#endif
