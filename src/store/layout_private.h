/* For the parser of shows alone: the field `layout` of a show's document. Reasons of refusals begin with the path of
 * the field in hand. */
#ifndef BO_STORE_LAYOUT_PRIVATE_H
#define BO_STORE_LAYOUT_PRIVATE_H

#include "store/shows.h" /* bson_iter_t: the .c files include mongo_private.h first */

/* Sections and rows, or a plain list of labels. Sets all of *out that is of seats, rows, sections and categories, in
 * the arena. */
bool layout_parse(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                  struct bo_problem *problem) BO_MUST_CHECK;

#endif
