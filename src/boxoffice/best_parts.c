/* Groups in several parts: fewest parts, then near together. Which pieces of the hall lie nearest together is a hard
 * question where they are many; so groups are grown from some beginnings, and the best of them are taken. Fewest parts is
 * exact where nobody asked for an accessible seat: the longest pieces are among the beginnings, and each grows by the longest
 * piece until one is long enough for the rest. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "boxoffice/best_search.h"

enum { BEGINNINGS = 32, WORK = 1 << 16 }; /* WORK: a beginning looks at all pieces several times, and may do so no more often */
static const double other_section = 1e6; /* farther than any seat of one's own */

/* A stretch of seats that fit. */
struct piece {
  size_t first, length;
  double distance; /* of its middle from the focus */
  bool used;
};

struct merit {
  unsigned parts, kept, orphans;
  double spread, distance;
};

/* A group that has grown. */
struct candidate {
  size_t *seats; /* in the order of the hall */
  struct merit merit;
};

/* One that grows. Its seats are closed in the search meanwhile. */
struct growth {
  struct best_search *search;
  struct piece *pieces;
  size_t n_pieces;
  size_t *seats;
  size_t n;
  double x, y; /* sums over the seats */
  struct candidate candidates[BEGINNINGS];
  size_t n_candidates;
};

static bool has_more_merit(const struct merit *one, const struct merit *other) {
  if (one->parts != other->parts) return one->parts < other->parts;
  if (one->kept != other->kept) return one->kept < other->kept;
  if (one->orphans != other->orphans) return one->orphans < other->orphans;
  if (one->spread < other->spread || one->spread > other->spread) return one->spread < other->spread;
  return one->distance < other->distance;
}

/* -- pieces ------------------------------------------------------------------------------------------ */

static const struct bo_seat_record *seat_at(const struct best_search *search, size_t seat) { return &search->hall->seats[seat]; }

static int compare_pieces(const void *a, const void *b) {
  const struct piece *one = a, *other = b;
  if (one->length != other->length) return one->length > other->length ? -1 : 1;
  if (one->distance < other->distance) return -1;
  if (one->distance > other->distance) return 1;
  return one->first < other->first ? -1 : 1;
}

/* The longest first, of equals the nearest to the focus. Returns how many seats they have. */
static size_t find_pieces(struct growth *growth) {
  const struct bo_show_record *hall = growth->search->hall;
  size_t n_seats = 0;
  growth->n_pieces = 0;
  for (size_t at = 0; at < hall->n_seats;) {
    struct piece piece = {.first = at, .length = best_stretch(growth->search, at)};
    at += piece.length ? piece.length : 1;
    if (!piece.length) continue;
    piece.distance = best_distance(&hall->seats[piece.first + piece.length / 2], growth->search->focus_x, growth->search->focus_y);
    growth->pieces[growth->n_pieces++] = piece;
    n_seats += piece.length;
  }
  qsort(growth->pieces, growth->n_pieces, sizeof *growth->pieces, compare_pieces);
  return n_seats;
}

/* -- growing ----------------------------------------------------------------------------------------- */

static void take_seat(struct growth *growth, size_t seat) {
  const struct bo_seat_record *it = seat_at(growth->search, seat);
  growth->seats[growth->n++] = seat;
  growth->x += it->x;
  growth->y += it->y;
  growth->search->open[seat] = 0;
}

static void give_back(struct growth *growth) {
  for (size_t i = 0; i < growth->n; i++) growth->search->open[growth->seats[i]] = 1;
  for (size_t i = 0; i < growth->n_pieces; i++) growth->pieces[i].used = false;
  growth->n = 0;
  growth->x = growth->y = 0;
}

/* From the middle of what there is so far. */
static double away(const struct growth *growth, size_t seat) {
  const struct bo_seat_record *it = seat_at(growth->search, seat);
  double n = (double)growth->n;
  bool near = it->section == seat_at(growth->search, growth->seats[0])->section;
  return best_distance(it, growth->x / n, growth->y / n) + (near ? 0 : other_section);
}

static size_t wanted(const struct growth *growth) { return growth->search->wish->quantity - growth->n; }

/* The nearest that is long enough for the rest; where there is none, the nearest of the longest. */
static struct piece *next_piece(const struct growth *growth) {
  struct piece *next = NULL;
  double least = 0;
  for (size_t i = 0; i < growth->n_pieces; i++) {
    struct piece *piece = &growth->pieces[i];
    if (piece->used) continue;
    if (next && piece->length < next->length && piece->length < wanted(growth)) break; /* only shorter ones follow */
    double distance = away(growth, piece->first + piece->length / 2);
    if (next && distance >= least) continue;
    next = piece;
    least = distance;
  }
  return next;
}

/* Takes the rest, or all, of a piece: leaving no orphan if that can be, then near to what there is. */
static void take_from(struct growth *growth, struct piece *piece) {
  size_t n = piece->length < wanted(growth) ? piece->length : wanted(growth), best = piece->first;
  unsigned fewest = UINT_MAX;
  double least = 0;
  for (size_t at = piece->first; growth->n > 0 && at + n <= piece->first + piece->length; at++) {
    unsigned orphans = best_orphans(growth->search, at, n, NULL, NULL);
    double distance = away(growth, at) + away(growth, at + n - 1);
    if (orphans > fewest || (orphans == fewest && distance >= least)) continue;
    best = at;
    fewest = orphans;
    least = distance;
  }
  for (size_t i = 0; i < n; i++) take_seat(growth, best + i);
  piece->used = true;
}

static bool grow(struct growth *growth) {
  while (wanted(growth) > 0) {
    struct piece *piece = next_piece(growth);
    if (!piece) return false;
    take_from(growth, piece);
  }
  return true;
}

/* -- judging ----------------------------------------------------------------------------------------- */

static int compare_seats(const void *a, const void *b) {
  size_t one = *(const size_t *)a, other = *(const size_t *)b;
  return one < other ? -1 : one > other;
}

static struct merit merit_of(struct growth *growth) {
  const struct bo_show_record *hall = growth->search->hall;
  double n = (double)growth->n;
  struct merit merit = {0};
  qsort(growth->seats, growth->n, sizeof *growth->seats, compare_seats);
  for (size_t first = 0, i = 0; i < growth->n; i++) {
    const struct bo_seat_record *seat = &hall->seats[growth->seats[i]];
    bool same_section = seat->section == hall->seats[growth->seats[0]].section;
    merit.kept += best_kept(seat);
    merit.spread += best_distance(seat, growth->x / n, growth->y / n) + (same_section ? 0 : other_section);
    merit.distance += best_distance(seat, growth->search->focus_x, growth->search->focus_y);
    if (i + 1 < growth->n && growth->seats[i + 1] == growth->seats[i] + 1 && best_beside(hall, growth->seats[i])) continue;
    merit.parts++;
    merit.orphans += best_orphans(growth->search, growth->seats[first], i - first + 1, NULL, NULL);
    first = i + 1;
  }
  return merit;
}

/* Notes the group, and makes room for the next. */
static bool judge(struct growth *growth, struct bo_arena *arena) {
  struct candidate *candidate = &growth->candidates[growth->n_candidates];
  if (wanted(growth) == 0) {
    candidate->seats = bo_arena_array(arena, growth->n, sizeof *growth->seats);
    if (!candidate->seats) return false;
    candidate->merit = merit_of(growth);
    memcpy(candidate->seats, growth->seats, growth->n * sizeof *growth->seats);
    growth->n_candidates++;
  }
  give_back(growth);
  return true;
}

/* -- beginnings -------------------------------------------------------------------------------------- */

/* So many, where there are so many pieces or seats to be looked at. */
static size_t beginnings(size_t n) {
  size_t affordable = n < WORK ? WORK / (n ? n : 1) : 1;
  return affordable < BEGINNINGS ? affordable : BEGINNINGS;
}

static bool begin_with_pieces(struct growth *growth, struct bo_arena *arena) {
  if (find_pieces(growth) < growth->search->wish->quantity) return true;
  size_t most = beginnings(growth->n_pieces);
  for (size_t i = 0; i < growth->n_pieces && i < most; i++) {
    take_from(growth, &growth->pieces[i]);
    (void)grow(growth);
    if (!judge(growth, arena)) return false;
  }
  return true;
}

/* The free companions of an accessible seat, as many as there is room for. */
static void take_companions(struct growth *growth, size_t accessible) {
  for (size_t i = 0; i < growth->search->hall->n_seats && wanted(growth) > 0; i++)
    if (seat_at(growth->search, i)->companion == accessible && best_fits(growth->search, i)) take_seat(growth, i);
}

/* With an accessible seat and its companions; the rest are seats that are kept for nobody if there are enough. */
static bool begin_with_accessible(struct growth *growth, struct bo_arena *arena) {
  struct best_search *search = growth->search;
  size_t begun = 0, most = beginnings(search->hall->n_seats);
  for (size_t i = 0; i < search->hall->n_seats && begun < most; i++) {
    if (!seat_at(search, i)->accessible || !best_fits(search, i)) continue;
    begun++;
    take_seat(growth, i);
    take_companions(growth, i);
    search->kept_too = false;
    bool enough = find_pieces(growth) >= wanted(growth);
    search->kept_too = true;
    if (!enough) (void)find_pieces(growth);
    (void)grow(growth);
    if (!judge(growth, arena)) return false;
  }
  return true;
}

/* -- the best of them -------------------------------------------------------------------------------- */

static int compare_candidates(const void *a, const void *b) {
  const struct candidate *one = a, *other = b;
  if (has_more_merit(&one->merit, &other->merit)) return -1;
  if (has_more_merit(&other->merit, &one->merit)) return 1;
  return compare_seats(&one->seats[0], &other->seats[0]);
}

static bool still_open(const struct growth *growth, const struct candidate *candidate) {
  for (size_t i = 0; i < growth->search->wish->quantity; i++)
    if (!growth->search->open[candidate->seats[i]]) return false;
  return true;
}

/* Those in as few parts as the first: without its seats, no group is in fewer. */
static void take_best(struct growth *growth, size_t most, struct bo_best_offer *offer) {
  struct candidate *candidates = growth->candidates;
  qsort(candidates, growth->n_candidates, sizeof *candidates, compare_candidates);
  for (size_t i = 0; i < growth->n_candidates && offer->n_groups < most; i++) {
    if (candidates[i].merit.parts > candidates[0].merit.parts) return;
    if (!still_open(growth, &candidates[i])) continue;
    offer->groups[offer->n_groups++].seats = candidates[i].seats;
    for (size_t j = 0; j < growth->search->wish->quantity; j++) growth->search->open[candidates[i].seats[j]] = 0;
  }
}

bool best_parts(struct best_search *search, size_t most, struct bo_arena *arena, struct bo_best_offer *offer,
                struct bo_problem *problem) {
  struct growth growth = {.search = search};
  growth.pieces = bo_arena_array(arena, search->hall->n_seats, sizeof *growth.pieces);
  growth.seats = bo_arena_array(arena, search->wish->quantity, sizeof *growth.seats);
  if (!growth.pieces || !growth.seats ||
      !(search->wish->accessible ? begin_with_accessible(&growth, arena) : begin_with_pieces(&growth, arena)))
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the search of seats");
  take_best(&growth, most, offer);
  return true;
}
