/* The seats that a request names: what is wrong with them whatever the state of the board. */
#ifndef BO_BOXOFFICE_SEATS_H
#define BO_BOXOFFICE_SEATS_H

#include "store/label.h"
#include "boxoffice/office.h"
#include "boxoffice/show.h"

/* NO_SEATS, TOO_MANY_SEATS, UNKNOWN_SEAT for what can be no label, DUPLICATE_SEAT. */
bool bo_seats_check(const char *const *seats, size_t n_seats, long max_seats, struct bo_problem *problem) BO_MUST_CHECK;

/* For each seat '1' where the show does not sell it, else '0'; "" where it sells all; NULL: out of memory. */
const char *bo_seats_blocked(const struct bo_show *show, const char *const *seats, size_t n_seats,
                             struct bo_arena *arena) BO_MUST_CHECK;

/* UNKNOWN_SEAT, naming every seat that the show lacks. */
bool bo_seats_known(const struct bo_show *show, const char *const *seats, size_t n_seats,
                    struct bo_problem *problem) BO_MUST_CHECK;

#endif
