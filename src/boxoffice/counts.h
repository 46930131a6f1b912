/* How many seats of a show are of each status. */
#ifndef BO_BOXOFFICE_COUNTS_H
#define BO_BOXOFFICE_COUNTS_H

#include "boxoffice/office.h"
#include "store/board.h"

/* Of a house of `total` seats by the numbers of the board, which are not believed to fit. */
struct bo_counts bo_counts_of(size_t total, const struct bo_board_reply *reply);

#endif
