/* A show's id as clients write it: 24 hex digits in either case, the same show. */
#ifndef BO_BOXOFFICE_SHOW_ID_H
#define BO_BOXOFFICE_SHOW_ID_H

#include "util/bounds.h"
#include "util/problem.h"

/* Writes the lower-case form. MALFORMED. */
bool bo_show_id_parse(const char *text, size_t length, char out[BO_SHOW_ID_LENGTH + 1],
                      struct bo_problem *problem) BO_MUST_CHECK;

#endif
