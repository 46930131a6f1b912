/* Ids of shows and of bookings as clients write them: 24 hex digits in either case, the same show. */
#ifndef BO_BOXOFFICE_ID_H
#define BO_BOXOFFICE_ID_H

#include "util/bounds.h"
#include "util/problem.h"

/* Writes the lower-case form. MALFORMED, naming the member. */
bool bo_id_parse(const char *member, const char *text, size_t length, char out[BO_SHOW_ID_LENGTH + 1],
                 struct bo_problem *problem) BO_MUST_CHECK;

/* The same of a showId. */
bool bo_show_id_parse(const char *text, size_t length, char out[BO_SHOW_ID_LENGTH + 1],
                      struct bo_problem *problem) BO_MUST_CHECK;

#endif
