#include "boxoffice/best.h"

#include <limits.h>
#include <stdlib.h>

#include "boxoffice/best_search.h"

/* Of this many widths at most are the middles of neighbours apart: an aisle is wider. */
static const double beside = 1.5;

/* -- seats ------------------------------------------------------------------------------------------- */

bool best_fits(const struct best_search *search, size_t seat) {
  const struct bo_seat_record *it = &search->hall->seats[seat];
  size_t category = search->wish->category;
  return search->open[seat] && (search->kept_too || !best_kept(it)) && (category == BO_NONE || it->category == category);
}

bool best_beside(const struct bo_show_record *hall, size_t left) {
  if (left + 1 >= hall->n_seats) return false;
  const struct bo_seat_record *one = &hall->seats[left], *other = one + 1;
  return one->section == other->section && one->row == other->row &&
         best_distance(other, one->x, one->y) <= beside * beside;
}

double best_distance(const struct bo_seat_record *seat, double x, double y) {
  return (seat->x - x) * (seat->x - x) + (seat->y - y) * (seat->y - y);
}

/* The seat on the left (step -1) or on the right (1), BO_NONE where there is none. */
static size_t next_to(const struct best_search *search, size_t seat, int step) {
  if (seat == BO_NONE || (step < 0 && seat == 0) || !best_beside(search->hall, step < 0 ? seat - 1 : seat)) return BO_NONE;
  seat = step < 0 ? seat - 1 : seat + 1;
  return search->hall->seats[seat].blocked ? BO_NONE : seat;
}

unsigned best_orphans(const struct best_search *search, size_t first, size_t n, struct bo_best_orphan *avoided,
                      size_t *n_avoided) {
  unsigned orphans = 0;
  for (int side = -1; side <= 1; side += 2) {
    size_t seat = next_to(search, side < 0 ? first : first + n - 1, side), next = next_to(search, seat, side);
    if (seat == BO_NONE || search->hall->seats[seat].accessible) continue;
    if (search->open[seat] && (next == BO_NONE || !search->open[next]))
      orphans++;
    else if (avoided)
      avoided[(*n_avoided)++] = (struct bo_best_orphan){seat, next};
  }
  return orphans;
}

size_t best_stretch(const struct best_search *search, size_t first) {
  size_t n = 0;
  if (!best_fits(search, first)) return 0;
  do n++;
  while (best_beside(search->hall, first + n - 1) && best_fits(search, first + n));
  return n;
}

static size_t count(struct best_search *search, bool kept_too) {
  size_t n = 0, accessible = 0;
  search->kept_too = kept_too;
  for (size_t i = 0; i < search->hall->n_seats; i++) {
    if (!best_fits(search, i)) continue;
    n++;
    accessible += search->hall->seats[i].accessible;
  }
  return search->wish->accessible && !accessible ? 0 : n;
}

/* -- groups in one part ------------------------------------------------------------------------------ */

struct score {
  unsigned waste, orphans;
  double distance;
};

static bool better(const struct score *one, const struct score *other) {
  if (one->waste != other->waste) return one->waste < other->waste;
  if (one->orphans != other->orphans) return one->orphans < other->orphans;
  return one->distance < other->distance;
}

/* A stretch of free seats, and the best group in it. */
struct run {
  size_t first, length, best;
  struct score score;
};

/* Of a group for somebody who asked for an accessible seat: companions left out count for most. UINT_MAX: none is
 * accessible. */
static unsigned waste_of_accessible(const struct bo_show_record *hall, size_t first, size_t n) {
  unsigned accessible = 0, companions = 0, strangers = 0;
  for (size_t i = first; i < first + n; i++) {
    size_t of = hall->seats[i].companion;
    accessible += hall->seats[i].accessible;
    if (of == BO_NONE) continue;
    if (of >= first && of < first + n)
      companions++;
    else
      strangers++;
  }
  if (!accessible) return UINT_MAX;
  return (unsigned)(n - 1 - (companions < n ? companions : n - 1)) * 1024 + (accessible - 1) + strangers;
}

/* False: not a group for this wish. */
static bool score_of(const struct best_search *search, size_t first, struct score *out) {
  const struct bo_show_record *hall = search->hall;
  size_t n = search->wish->quantity;
  *out = (struct score){.orphans = best_orphans(search, first, n, NULL, NULL)};
  for (size_t i = first; i < first + n; i++) {
    out->distance += best_distance(&hall->seats[i], search->focus_x, search->focus_y);
    out->waste += best_kept(&hall->seats[i]);
  }
  if (search->wish->accessible) out->waste = waste_of_accessible(hall, first, n);
  return out->waste != UINT_MAX;
}

/* The best group of a run. False: there is none. */
static bool look_into(const struct best_search *search, struct run *run) {
  bool found = false;
  for (size_t at = run->first; at + search->wish->quantity <= run->first + run->length; at++) {
    struct score score;
    if (!score_of(search, at, &score) || (found && !better(&score, &run->score))) continue;
    run->score = score;
    run->best = at;
    found = true;
  }
  return found;
}

struct runs {
  struct run *list;
  size_t n;
};

/* Those that have a group in them; room for `spare` more. */
static bool find_runs(const struct best_search *search, size_t spare, struct bo_arena *arena, struct runs *runs,
                      struct bo_problem *problem) {
  size_t n_seats = search->hall->n_seats, most = n_seats / search->wish->quantity;
  *runs = (struct runs){.list = bo_arena_array(arena, most + spare, sizeof *runs->list)};
  if (!runs->list) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the search of seats");
  for (size_t at = 0; at < n_seats;) {
    struct run run = {.first = at, .length = best_stretch(search, at)};
    at += run.length ? run.length : 1;
    if (look_into(search, &run)) runs->list[runs->n++] = run;
  }
  return true;
}

static struct run *best_run(const struct runs *runs) {
  struct run *best = NULL;
  for (size_t i = 0; i < runs->n; i++)
    if (!best || better(&runs->list[i].score, &best->score)) best = &runs->list[i];
  return best;
}

/* After a run's best group was taken out: what is left of the run, and what the group's neighbours have become. */
static void split(const struct best_search *search, struct runs *runs, struct run *run) {
  size_t taken = run->best, end = taken + search->wish->quantity;
  struct run right = {.first = end, .length = run->first + run->length - end};
  run->length = taken - run->first;
  runs->list[runs->n++] = right;
  for (size_t i = 0; i < runs->n;) {
    struct run *near = &runs->list[i];
    bool touched = near->first <= end + 1 && near->first + near->length + 2 > taken;
    if (touched && !look_into(search, near))
      *near = runs->list[--runs->n];
    else
      i++;
  }
}

/* -- the offer --------------------------------------------------------------------------------------- */

static void take_out(struct best_search *search, const struct bo_best_group *group) {
  for (size_t i = 0; i < search->wish->quantity; i++) search->open[group->seats[i]] = 0;
}

static bool add_group(struct best_search *search, struct bo_arena *arena, struct bo_best_offer *offer, size_t **seats,
                      struct bo_problem *problem) {
  *seats = bo_arena_array(arena, search->wish->quantity, sizeof **seats);
  if (!*seats) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats");
  offer->groups[offer->n_groups++].seats = *seats;
  return true;
}

static bool rank_runs(struct best_search *search, size_t most, struct bo_arena *arena, struct bo_best_offer *offer,
                      struct bo_problem *problem) {
  struct runs runs;
  unsigned orphans = 0;
  if (!find_runs(search, most, arena, &runs, problem)) return false;
  while (offer->n_groups < most) {
    struct run *run = best_run(&runs);
    size_t *seats;
    if (!run || (offer->n_groups > 0 && run->score.orphans > orphans)) break;
    orphans = run->score.orphans;
    if (!add_group(search, arena, offer, &seats, problem)) return false;
    struct bo_best_group *group = &offer->groups[offer->n_groups - 1];
    for (size_t i = 0; i < search->wish->quantity; i++) seats[i] = run->best + i;
    if (!orphans) (void)best_orphans(search, run->best, search->wish->quantity, group->orphans, &group->n_orphans);
    take_out(search, group);
    split(search, &runs, run);
  }
  return true;
}

static void find_focus(struct best_search *search) {
  const struct bo_show_record *hall = search->hall;
  double left = hall->seats[0].x, right = left, front = hall->seats[0].y, back = front;
  for (size_t i = 1; i < hall->n_seats; i++) {
    const struct bo_seat_record *seat = &hall->seats[i];
    left = seat->x < left ? seat->x : left;
    right = seat->x > right ? seat->x : right;
    front = seat->y < front ? seat->y : front;
    back = seat->y > back ? seat->y : back;
  }
  search->focus_x = hall->has_focus ? hall->focus_x : (left + right) / 2;
  search->focus_y = hall->has_focus ? hall->focus_y : front + (back - front) * 2 / 3;
}

static bool begin(struct best_search *search, const unsigned char *open, struct bo_arena *arena, struct bo_problem *problem) {
  const struct bo_show_record *hall = search->hall;
  search->open = bo_arena_alloc(arena, hall->n_seats);
  if (!search->open) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the search of seats");
  for (size_t i = 0; i < hall->n_seats; i++) search->open[i] = open[i] && !hall->seats[i].blocked;
  find_focus(search);
  return true;
}

bool bo_best_rank(const struct bo_show_record *hall, const unsigned char *open, const struct bo_best_wish *wish, size_t most,
                  struct bo_arena *arena, struct bo_best_offer *offer, struct bo_problem *problem) {
  struct best_search search = {.hall = hall, .wish = wish};
  *offer = (struct bo_best_offer){.groups = bo_arena_array(arena, most, sizeof *offer->groups)};
  if (!offer->groups) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the search of seats");
  if (!begin(&search, open, arena, problem)) return false;
  offer->left = count(&search, true);
  if (offer->left < wish->quantity) return true;
  if (!wish->accessible && count(&search, false) < wish->quantity) search.kept_too = true;
  if (wish->accessible) search.kept_too = true;
  if (!rank_runs(&search, most, arena, offer, problem)) return false;
  return offer->n_groups > 0 || best_parts(&search, most, arena, offer, problem);
}

/* -- singles ----------------------------------------------------------------------------------------- */

struct single {
  size_t seat;
  struct score score;
};

static int compare_singles(const void *a, const void *b) {
  const struct single *one = a, *other = b;
  if (better(&one->score, &other->score)) return -1;
  if (better(&other->score, &one->score)) return 1;
  return one->seat < other->seat ? -1 : 1;
}

bool bo_best_singles(const struct bo_show_record *hall, const unsigned char *open, const struct bo_best_wish *wish, size_t most,
                     struct bo_arena *arena, size_t **seats, size_t *n_seats, struct bo_problem *problem) {
  struct best_search search = {.hall = hall, .wish = wish, .kept_too = true};
  struct single *singles = bo_arena_array(arena, hall->n_seats, sizeof *singles);
  size_t n = 0;
  *seats = bo_arena_array(arena, most, sizeof **seats);
  if (!singles || !*seats) return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the search of seats");
  if (!begin(&search, open, arena, problem)) return false;
  for (size_t i = 0; i < hall->n_seats; i++) {
    const struct bo_seat_record *seat = &hall->seats[i];
    if (!best_fits(&search, i)) continue;
    singles[n++] = (struct single){i, {best_kept(seat), 0, best_distance(seat, search.focus_x, search.focus_y)}};
  }
  qsort(singles, n, sizeof *singles, compare_singles);
  *n_seats = n < most ? n : most;
  for (size_t i = 0; i < *n_seats; i++) (*seats)[i] = singles[i].seat;
  return true;
}
