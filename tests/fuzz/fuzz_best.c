/* The best seats of small halls, against what they are said to be (best.h): every group in one part is tried. */
#include "boxoffice/best.h"
#include "tests/fuzz/fuzz.h"

enum { SEATS = 60, GROUPS = 6 };

struct hall {
  struct bo_seat_record seats[SEATS];
  unsigned char open[SEATS], now[SEATS]; /* now: with the groups so far taken out */
  size_t n;
};

/* -- what the bytes say ------------------------------------------------------------------------------ */

static void add_seat(struct hall *hall, uint8_t bits) {
  struct bo_seat_record *seat = &hall->seats[hall->n];
  const struct bo_seat_record *last = hall->n > 0 ? seat - 1 : NULL;
  bool new_row = last == NULL || (bits & 0x38) == 0x38;

  *seat = (struct bo_seat_record){.companion = BO_NONE, .category = (bits & 2) != 0 ? 1 : BO_NONE};
  if (last != NULL) {
    seat->section = last->section + (new_row && (bits & 4) != 0);
    seat->row = last->row + new_row;
    seat->x = new_row ? (double)(bits & 4) : last->x + ((bits & 0x38) == 0x30 ? 2 : 1);
  }
  seat->y = (double)seat->row;
  seat->blocked = (bits & 0x38) == 0x28;
  seat->accessible = (bits & 0xc0) == 0xc0;
  if ((bits & 0xc0) == 0x80)
    for (size_t i = hall->n; i-- > 0 && seat->companion == BO_NONE;)
      if (hall->seats[i].accessible)
        seat->companion = i;
  hall->open[hall->n++] = (bits & 1) == 0;
}

/* -- what best.h says -------------------------------------------------------------------------------- */

static bool kept(const struct bo_seat_record *seat) { return seat->accessible || seat->companion != BO_NONE; }

static bool fits(const struct hall *hall, const struct bo_best_wish *wish, bool kept_too, size_t i) {
  const struct bo_seat_record *seat = &hall->seats[i];

  return hall->now[i] != 0 && !seat->blocked && (kept_too || !kept(seat)) &&
         (wish->category == BO_NONE || seat->category == wish->category);
}

static bool beside(const struct hall *hall, size_t left) {
  return left + 1 < hall->n && hall->seats[left].row == hall->seats[left + 1].row &&
         hall->seats[left + 1].x - hall->seats[left].x < 1.5;
}

static size_t count(const struct hall *hall, const struct bo_best_wish *wish, bool kept_too) {
  size_t n = 0, accessible = 0;

  for (size_t i = 0; i < hall->n; i++) {
    n += fits(hall, wish, kept_too, i);
    accessible += fits(hall, wish, kept_too, i) && hall->seats[i].accessible;
  }
  return wish->accessible && accessible == 0 ? 0 : n;
}

static bool is_free(const struct hall *hall, size_t i) { return hall->now[i] != 0 && !hall->seats[i].blocked; }

static bool is_orphan(const struct hall *hall, size_t i) {
  return is_free(hall, i) && !hall->seats[i].accessible && !(i > 0 && beside(hall, i - 1) && is_free(hall, i - 1)) &&
         !(beside(hall, i) && is_free(hall, i + 1));
}

/* Those that are there when these seats are taken and were not before. */
static unsigned orphans_of(struct hall *hall, size_t first, size_t n) {
  unsigned before = 0, after = 0;

  for (size_t i = 0; i < hall->n; i++)
    before += is_orphan(hall, i);
  for (size_t i = first; i < first + n; i++)
    hall->now[i] = 0;
  for (size_t i = 0; i < hall->n; i++)
    after += is_orphan(hall, i);
  for (size_t i = first; i < first + n; i++)
    hall->now[i] = 1;
  FUZZ_REQUIRE(n == 1 || after >= before); /* one seat taken may have been an orphan itself */
  return n == 1 && after < before ? 0 : after - before;
}

struct value {
  unsigned accessible, companions, others; /* others: kept seats that are not needed */
  unsigned orphans;
};

static struct value value_of(struct hall *hall, const struct bo_best_wish *wish, size_t first) {
  size_t n = wish->quantity;
  struct value value = {.orphans = orphans_of(hall, first, n)};

  for (size_t i = first; i < first + n; i++) {
    size_t of = hall->seats[i].companion;

    value.accessible += hall->seats[i].accessible;
    if (wish->accessible && of != BO_NONE && of >= first && of < first + n)
      value.companions++;
    else
      value.others += kept(&hall->seats[i]);
  }
  if (wish->accessible && value.accessible > 0)
    value.others--;
  return value;
}

static bool is_group(const struct hall *hall, const struct bo_best_wish *wish, bool kept_too, size_t first) {
  bool accessible = false;

  for (size_t i = first; i < first + wish->quantity; i++) {
    if (i >= hall->n || !fits(hall, wish, kept_too, i) || (i > first && !beside(hall, i - 1)))
      return false;
    accessible |= hall->seats[i].accessible;
  }
  return accessible || !wish->accessible;
}

static bool is_better(const struct value *one, const struct value *other) {
  if (one->companions != other->companions)
    return one->companions > other->companions;
  if (one->others != other->others)
    return one->others < other->others;
  return one->orphans < other->orphans;
}

static unsigned parts_of(const struct hall *hall, const size_t *seats, size_t n) {
  unsigned parts = 1;

  for (size_t i = 1; i < n; i++)
    parts += !(seats[i] == seats[i - 1] + 1 && beside(hall, seats[i - 1]));
  return parts;
}

/* As few as can be: the longest stretches first. */
static unsigned fewest_parts(const struct hall *hall, const struct bo_best_wish *wish, bool kept_too) {
  size_t stretches[SEATS + 1] = {0}, left = wish->quantity;
  unsigned parts = 0;

  for (size_t i = 0, n = 0; i < hall->n; i++) {
    n = fits(hall, wish, kept_too, i) ? n + 1 : 0;
    if (n > 0 && !(beside(hall, i) && fits(hall, wish, kept_too, i + 1))) {
      stretches[n]++;
      n = 0;
    }
  }
  for (size_t length = SEATS; left > 0 && length > 0; length--)
    for (; left > 0 && stretches[length] > 0; stretches[length]--, parts++)
      left -= left < length ? left : length;
  FUZZ_REQUIRE(left == 0);
  return parts;
}

/* -- what came out ----------------------------------------------------------------------------------- */

static void require_seats(const struct hall *hall, const struct bo_best_wish *wish, bool kept_too, const size_t *seats) {
  bool accessible = false;

  for (size_t i = 0; i < wish->quantity; i++) {
    FUZZ_REQUIRE(seats[i] < hall->n && (i == 0 || seats[i] > seats[i - 1]));
    FUZZ_REQUIRE(fits(hall, wish, kept_too, seats[i]));
    accessible |= hall->seats[seats[i]].accessible;
  }
  FUZZ_REQUIRE(accessible || !wish->accessible);
}

/* Returns how many orphans it leaves, where it is in one part. */
static unsigned require_best(struct hall *hall, const struct bo_best_wish *wish, bool kept_too,
                             const struct bo_best_group *group) {
  unsigned parts = parts_of(hall, group->seats, wish->quantity);
  bool in_one = false;
  struct value mine = {0};

  if (parts == 1)
    mine = value_of(hall, wish, group->seats[0]);
  for (size_t first = 0; first < hall->n; first++) {
    struct value other;

    if (!is_group(hall, wish, kept_too, first))
      continue;
    in_one = true;
    other = value_of(hall, wish, first);
    FUZZ_REQUIRE(parts == 1 && !is_better(&other, &mine));
  }
  FUZZ_REQUIRE(in_one == (parts == 1));
  FUZZ_REQUIRE(in_one || wish->accessible || parts == fewest_parts(hall, wish, kept_too));
  FUZZ_REQUIRE(group->n_orphans == 0 || (parts == 1 && mine.orphans == 0));
  for (size_t i = 0; i < group->n_orphans; i++) {
    const struct bo_best_orphan *orphan = &group->orphans[i];

    FUZZ_REQUIRE(!is_free(hall, orphan->seat) || (orphan->beside != BO_NONE && is_free(hall, orphan->beside)));
  }
  return mine.orphans;
}

static void require_offer(struct hall *hall, const struct bo_best_wish *wish, const struct bo_best_offer *offer) {
  bool kept_too = wish->accessible || count(hall, wish, false) < wish->quantity;
  unsigned orphans = 3; /* more than a group can leave */

  FUZZ_REQUIRE(offer->left == count(hall, wish, true));
  FUZZ_REQUIRE(offer->n_groups <= GROUPS && (offer->n_groups > 0) == (offer->left >= wish->quantity));
  for (size_t i = 0; i < offer->n_groups; i++) {
    unsigned left;

    require_seats(hall, wish, kept_too, offer->groups[i].seats);
    left = require_best(hall, wish, kept_too, &offer->groups[i]);
    FUZZ_REQUIRE(left <= orphans);
    orphans = left;
    for (size_t j = 0; j < wish->quantity; j++)
      hall->now[offer->groups[i].seats[j]] = 0;
  }
}

static void require_singles(struct hall *hall, const struct bo_best_wish *wish, const size_t *seats, size_t n) {
  size_t all = 0;

  memcpy(hall->now, hall->open, sizeof(hall->now));
  for (size_t i = 0; i < hall->n; i++)
    all += fits(hall, wish, true, i);
  FUZZ_REQUIRE(n == (all < 10 ? all : 10));
  for (size_t i = 0; i < n; i++) {
    FUZZ_REQUIRE(fits(hall, wish, true, seats[i]));
    hall->now[seats[i]] = 0;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct bo_arena *arena;
  struct fuzz_input input = {data, size};
  struct hall hall = {.n = 0};
  struct bo_show_record record;
  struct bo_best_offer offer;
  struct bo_problem problem = {0};
  size_t n, *seats;
  bool fine;
  uint8_t how = fuzz_byte(&input);
  struct bo_best_wish wish = {.quantity = 1 + (how & 7U) % 7,
                              .category = (how & 0x40) != 0 ? 1 : BO_NONE,
                              .accessible = (how & 0x80) != 0};

  if (arena == NULL)
    arena = bo_arena_new();
  FUZZ_REQUIRE(arena != NULL);
  bo_arena_reset(arena);
  while (hall.n < SEATS && input.left > 0)
    add_seat(&hall, fuzz_byte(&input));
  if (hall.n == 0)
    return 0;
  record = (struct bo_show_record){.seats = hall.seats, .n_seats = hall.n, .has_focus = (how & 0x38) != 0, .focus_x = 5};
  memcpy(hall.now, hall.open, sizeof(hall.now));
  fuzz_trouble_begin(0);
  fine = bo_best_rank(&record, hall.open, &wish, GROUPS, arena, &offer, &problem) &&
         bo_best_singles(&record, hall.open, &wish, 10, arena, &seats, &n, &problem);
  fuzz_trouble_end();
  if (fuzz_trouble_came(FUZZ_NO_MEMORY)) {
    FUZZ_REQUIRE(!fine && problem.code == BO_PROBLEM_OUT_OF_MEMORY);
    return 0;
  }
  FUZZ_REQUIRE(fine);
  require_offer(&hall, &wish, &offer);
  require_singles(&hall, &wish, seats, n);
  return 0;
}
