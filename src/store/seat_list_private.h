/* For the parser of shows alone: labels, and seats without a layout of sections and rows. Reasons of refusals begin
 * with the path of the field in hand. */
#ifndef BO_STORE_SEAT_LIST_PRIVATE_H
#define BO_STORE_SEAT_LIST_PRIVATE_H

#include "store/shows.h" /* bson_iter_t: the .c files include mongo_private.h first */

#define SEAT_LABEL_RULE "must be 1 to 32 of letters, digits, space, . _ -"

/* A label as it stands in the document, borrowed; NULL: it is none. */
const char *seat_label_at(const bson_iter_t *iter);

/* Seats S1 to S<total>, in a grid. Sets all of *out that is of seats, rows and sections, in the arena. */
bool seat_list_number(size_t total, struct bo_arena *arena, struct bo_show_record *out,
                      struct bo_problem *problem) BO_MUST_CHECK;

/* A list of labels, `layout` of a house whose shape does not matter, in a grid. */
bool seat_list_plain(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                     struct bo_problem *problem) BO_MUST_CHECK;

/* The seats of a show by label, in the arena; NULL: out of memory. */
struct bo_seat_record **seat_list_sort(const struct bo_show_record *show, struct bo_arena *arena) BO_MUST_CHECK;
struct bo_seat_record *seat_list_find(struct bo_seat_record *const *sorted, size_t n, const char *label);
bool seat_list_all_different(struct bo_seat_record *const *sorted, size_t n, struct bo_problem *problem) BO_MUST_CHECK;

/* The field `blocked`, a list of labels: marks the seats of *out, which has all of them. Sets blocked_unknown. */
bool seat_list_block(const bson_iter_t *blocked, struct bo_arena *arena, struct bo_show_record *out,
                     struct bo_problem *problem) BO_MUST_CHECK;

#endif
