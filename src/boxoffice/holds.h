/* What the operations on holds have in common: whose they are, how they are told and refused. */
#ifndef BO_BOXOFFICE_HOLDS_H
#define BO_BOXOFFICE_HOLDS_H

#include "boxoffice/office.h"
#include "boxoffice/show.h"
#include "store/board.h"
#include "util/digest.h"
#include "util/random.h"

/* What proves that the user's holds are the client's: the digest of its token (NULL: none was sent), or what a script takes for
 * none. In the arena. OUT_OF_MEMORY. */
bool bo_holds_proof(const struct bo_office *office, const char *token, struct bo_arena *arena, const char **proof,
                    struct bo_problem *problem) BO_MUST_CHECK;

/* Names of a hold that may be made. `sent`: the digest of the client's own token, as bo_holds_proof made it; NULL for none. */
struct bo_new_hold {
  char hold_id[BO_RANDOM_HEX_SIZE];
  const char *own_token;          /* in the arena: to be told if it is made; NULL where the client sent one */
  char token[BO_DIGEST_HEX_SIZE]; /* digest of the one or the other */
};
bool bo_holds_new(const char *sent, struct bo_arena *arena, struct bo_new_hold *out,
                  struct bo_problem *problem) BO_MUST_CHECK;

/* The user's seats, with their proof. */
bool bo_holds_of(const struct bo_office *office, const struct bo_seats_request *request, struct bo_arena *arena,
                 struct bo_board_seats *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Of a reply whose grants are those of the request's seats: the earliest expiry is the batch's, its holdId that of the seat
 * that ends last. OUT_OF_MEMORY. */
bool bo_holds_result(const struct bo_seats_request *request, const struct bo_board_reply *reply, struct bo_arena *arena,
                     struct bo_hold_result *out, struct bo_problem *problem) BO_MUST_CHECK;

/* Seats that one user may hold of the show: its own limit or else the site's, and no more than may be owned. `show` NULL:
 * whatever, the board answers with the show. */
long bo_holds_cap(const struct bo_config *config, const struct bo_show *show);
/* Seats that one user may own of the show; 0: no limit. */
long bo_holds_owned_cap(const struct bo_config *config, const struct bo_show *show);

/* The problem of a verdict of LIMIT. Always false. */
bool bo_holds_refuse_limit(const struct bo_config *config, const struct bo_show *show, const struct bo_board_reply *reply,
                           struct bo_problem *problem);

/* The problem of a verdict of CLOSED. Always false. */
bool bo_holds_refuse_closed(const struct bo_show *show, struct bo_problem *problem);

/* The problem of a verdict of SOLD, OTHER, TOKEN, CONFIRMING, MISSING or LATE, with its seats. Always false. */
bool bo_holds_refuse(const struct bo_board_reply *reply, struct bo_problem *problem);

#endif
