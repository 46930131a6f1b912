/* A JSON file of an operator: read, checked more strictly than json-c does, and able to say on which line of it
 * something stands. */
#ifndef BO_SEED_JSON_FILE_H
#define BO_SEED_JSON_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

struct json_object;

struct seed_json {
  const char *path;         /* borrowed */
  struct bo_buf text;
  struct json_object *root; /* NULL until read */
};

/* False: said on stderr, with the line where it is the file's mistake. seed_json_free in both cases. */
bool seed_json_read(struct seed_json *file, const char *path);
void seed_json_free(struct seed_json *file);

/* Says "<file>:<line>: <what>" on stderr. `where` is a path from the root, as "[3].layout.sections[0]": the line is
 * that of the deepest part of it that exists. */
void seed_json_complain(const struct seed_json *file, const char *where, const char *what);

#endif
