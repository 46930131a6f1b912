/* A worker's copy of a show: its seats, ready to be looked up and rendered. */
#ifndef BO_BOXOFFICE_SHOW_H
#define BO_BOXOFFICE_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/board.h"
#include "util/buf.h"
#include "util/problem.h"

enum bo_seat_status { BO_SEAT_AVAILABLE, BO_SEAT_BLOCKED, BO_SEAT_HELD, BO_SEAT_BOOKED, BO_SEAT_STATUSES };

enum { BO_SHOW_ETAG_SIZE = 24 };

struct bo_show {
  char hash[BO_SHOW_HASH_SIZE]; /* of the document, as the board names it */
  struct bo_show_bytes bytes;
  struct bo_show_record record;
  const char *blocked; /* labels of the seats that are not for sale, joined by ',' */
  size_t memory; /* bytes that this copy takes, the rendering included */

  /* Label -> index: open addressing, a power of two of slots, 0 for empty, else index + 1. */
  uint32_t *slots;
  size_t slot_mask;

  /* The map's fixed parts, from the first map on: head, then for each seat what stands before its status. */
  struct bo_buf fixed;
  size_t fixed_size;   /* bytes of `fixed`, about: a title may need escapes */
  uint32_t *part_ends; /* n_seats + 1: where head and each seat's part end in `fixed`; NULL before the first map */

  /* The last rendering and the state it shows ("" for none). */
  char version[BO_BOARD_NUMBER_SIZE], live[BO_BOARD_NUMBER_SIZE];
  unsigned char *states; /* n_seats of enum bo_seat_status */
  struct bo_buf map;

  struct bo_arena *arena;
  struct bo_show *newer, *older, *next_in_bucket; /* shows.c's list and table */
};

/* Makes a copy from the document's bytes, which are copied too. NULL: INTERNAL (the document is no show that can
 * be sold) or OUT_OF_MEMORY. */
struct bo_show *bo_show_new(const char *hash, const struct bo_show_bytes *bytes, struct bo_problem *problem) BO_MUST_CHECK;
void bo_show_free(struct bo_show *show);

/* Index of a label of `length` bytes; SIZE_MAX where the show lacks it. */
size_t bo_show_seat(const struct bo_show *show, const char *label, size_t length);

/* Labels of all its seats, or of those alone that are not for sale, joined by ','. NULL: out of memory. */
const char *bo_show_labels(const struct bo_show *show, bool blocked, struct bo_arena *arena) BO_MUST_CHECK;

/* The tag of the show as it is described (GET /shows/{showId}), without quotes. It changes where the document does. */
void bo_show_etag(const struct bo_show *show, char out[BO_SHOW_ETAG_SIZE]);

/* Takes what the board tells of the taken seats (a reply's version, live holds, and labels joined by ',') and renders the
 * map. Labels that the show lacks are passed over. OUT_OF_MEMORY. */
bool bo_show_take_map(struct bo_show *show, const struct bo_board_reply *told, struct bo_problem *problem) BO_MUST_CHECK;

/* How many seats are of each status in the map that was taken last. */
void bo_show_count(const struct bo_show *show, size_t counts[BO_SEAT_STATUSES]);

#endif
