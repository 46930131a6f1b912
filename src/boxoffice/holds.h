/* What the operations on holds have in common: how they are told, and how they are refused. */
#ifndef BO_BOXOFFICE_HOLDS_H
#define BO_BOXOFFICE_HOLDS_H

#include "boxoffice/office.h"
#include "store/board.h"

/* Of a reply whose grants are those of the request's seats: the earliest expiry is the batch's, its holdId that of the seat
 * that ends last. OUT_OF_MEMORY. */
bool bo_holds_result(const struct bo_seats_request *request, const struct bo_board_reply *reply, struct bo_arena *arena,
                     struct bo_hold_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* The problem of a verdict of LIMIT. Always false. */
bool bo_holds_refuse_limit(const struct bo_config *config, const struct bo_board_reply *reply, struct bo_problem *problem);

/* The problem of a verdict of SOLD, OTHER, CONFIRMING, MISSING or LATE, with its seats. Always false. */
bool bo_holds_refuse(const struct bo_board_reply *reply, struct bo_problem *problem);

#endif
