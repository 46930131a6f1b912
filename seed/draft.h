/* From an operator's JSON to shows that are to be. */
#ifndef BO_SEED_DRAFT_H
#define BO_SEED_DRAFT_H

#include <stdbool.h>

#include "json_file.h"
#include "store/catalogue.h"

/* Element `index` of the file's list. False: said on stderr, with the line. */
bool seed_draft_read(const struct seed_json *file, size_t index, struct bo_arena *arena, struct bo_show_draft *out);

/* A draft that is complete, checked as the worker would. `where` is its path in `file` ("[3]."; "" with `file` NULL:
 * from the command line). Fills in total_seats from the layout. */
bool seed_draft_check(const struct seed_json *file, const char *where, struct bo_arena *arena,
                      struct bo_show_draft *draft);

/* The made show on stdout: for programs its id alone or JSON, on a terminal a sentence. */
void seed_draft_print(const struct bo_show_draft *draft, const char *id, bool json);

#endif
