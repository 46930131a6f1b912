/* The fields that a layout may have: a misspelt one must not be lost in silence. (Workers pass over what they do not know.) */
#ifndef BO_SEED_LAYOUT_FIELDS_H
#define BO_SEED_LAYOUT_FIELDS_H

#include <stdbool.h>

#include "json_file.h"

/* False: said on stderr, with the line. `where` is the path of `layout` in the file, as "[3].layout"; "" for the root. */
bool seed_layout_fields_known(const struct seed_json *file, const char *where, struct json_object *layout);

#endif
