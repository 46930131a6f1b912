/* Documents of MongoDB -> results of bookings, cancellations, shows, catalogue, deployment. First byte: what is asked (128:
 * of the second half), whether the questions about the deployment are answered by the input too (8), which URI, and with
 * 64 that the next byte tells which allocation fails. */
#include "store/blocking.h"
#include "store/bookings.h"
#include "store/cancellations.h"
#include "store/catalogue.h"
#include "store/sales.h"
#include "store/setup.h"
#include "store/upcoming.h"
#include "tests/fuzz/fuzz.h"

static const char show[] = "65f0a1b2c3d4e5f601234567";
static const char *const labels[] = {"S1", "S2", "S3"};

static struct bo_mongo *mongo;
static struct bo_arena *arena;
static struct bo_deadline deadline;
static struct bo_problem problem;

static bool ask_sold(void) {
  const char **seats;
  size_t n;
  bool fine = bo_bookings_sold(mongo, show, &deadline, arena, &seats, &n, &problem);

  for (size_t i = 0; fine && i < n; i++)
    fuzz_read(seats[i]);
  return fine;
}

static bool ask_bookings(void) {
  struct bo_booking *bookings;
  size_t n;
  bool fine = bo_bookings_find(mongo, show, labels, 3, &deadline, arena, &bookings, &n, &problem);

  FUZZ_REQUIRE(!fine || n <= 3);
  for (size_t i = 0; fine && i < n; i++) {
    fuzz_read(bookings[i].seat);
    fuzz_read(bookings[i].user);
    fuzz_read(bookings[i].booking_id);
  }
  return fine;
}

/* What is called stored was acknowledged; what is not, was not. */
static bool insert(size_t n_seats) {
  const char *last = n_seats == 1 ? "insert" : "commitTransaction";
  enum bo_insert_outcome outcome = bo_bookings_insert(mongo, show, "ann", "6b05e53511f16e1056071112", labels, n_seats,
                                                      &deadline, &problem);

  FUZZ_REQUIRE(outcome != BO_INSERT_DONE || (strcmp(fuzz_mongo_last.command, last) == 0 && fuzz_mongo_last.fine));
  FUZZ_REQUIRE(outcome != BO_INSERT_UNKNOWN || problem.code == BO_PROBLEM_OUTCOME_UNKNOWN);
  return outcome == BO_INSERT_DONE || outcome == BO_INSERT_DUPLICATE;
}

static bool ask_show(void) {
  struct bo_show_bytes bytes;
  struct bo_show_record record;
  struct bo_problem ignored;

  if (!bo_shows_read(mongo, show, &deadline, arena, &bytes, &problem))
    return false;
  (void)!bo_show_parse(&bytes, arena, &record, &ignored);
  return true;
}

static bool ask_list(void) {
  struct bo_catalogue_entry *entries;
  size_t n;
  bool fine = bo_catalogue_list(mongo, &deadline, arena, &entries, &n, &problem);

  for (size_t i = 0; fine && i < n; i++) {
    fuzz_read(entries[i].id);
    fuzz_read(entries[i].title);
    FUZZ_REQUIRE((entries[i].n_seats == 0) == (entries[i].fault != NULL));
  }
  return fine;
}

static bool add_shows(void) {
  const struct bo_show_draft drafts[] = {
      {.title = "M", .total_seats = 3, .max_held = BO_UNSET, .max_owned = BO_UNSET},
      {.title = "N", .total_seats = 1, .max_held = BO_UNSET, .max_owned = 4}};
  const char *const *ids;
  struct bo_namesake *old;
  size_t n;
  bool fine = bo_catalogue_namesakes(mongo, "M", &deadline, arena, &old, &n, &problem) &&
              (n == 0 || bo_catalogue_set_sale(mongo, &old[n - 1], &deadline, &problem)) &&
              bo_catalogue_add(mongo, drafts, 2, old, n, &deadline, arena, &ids, &problem);

  for (size_t i = 0; fine && i < 2; i++)
    FUZZ_REQUIRE(strlen(ids[i]) == BO_SHOW_ID_LENGTH);
  return fine;
}

static bool set_up(void) {
  enum bo_setup what;
  const char *host, **twice;
  size_t n;

  if (!bo_setup_initiate(mongo, &deadline, arena, &what, &host, &problem))
    return false;
  fuzz_read(host);
  if (bo_setup_index(mongo, &deadline, arena, &what, &twice, &n, &problem))
    return true;
  for (size_t i = 0; i < n; i++)
    fuzz_read(twice[i]);
  return false;
}

/* Both ways to find tickets; those that were found are given back. */
static bool cancel(bool of_seats) {
  static const char id[] = "6b05e53511f16e1056071112";
  const struct bo_ticket *chosen[BO_PROBLEM_ITEMS_MAX];
  struct bo_ticket *tickets;
  enum bo_cancel_outcome outcome;
  size_t n, n_chosen = 0;
  bool fine = of_seats ? bo_tickets_of_seats(mongo, show, labels, 3, &deadline, arena, &tickets, &n, &problem)
                       : bo_tickets_of_booking(mongo, id, "ann", &deadline, arena, &tickets, &n, &problem);

  if (!fine || n == 0)
    return fine;
  for (size_t i = 0; i < n; i++) {
    fuzz_read(tickets[i].seat);
    fuzz_read(tickets[i].user);
    fuzz_read(tickets[i].booking_id);
    fuzz_read(tickets[i].cancellation_id);
    if (n_chosen < BO_PROBLEM_ITEMS_MAX)
      chosen[n_chosen++] = &tickets[i];
  }
  outcome = bo_tickets_cancel(mongo, chosen, n_chosen, "6b05e53511f16e1056071113", 1, &deadline, &problem);
  FUZZ_REQUIRE(outcome != BO_CANCEL_DONE || (strcmp(fuzz_mongo_last.command, "commitTransaction") == 0 && fuzz_mongo_last.fine));
  FUZZ_REQUIRE(outcome != BO_CANCEL_UNKNOWN || problem.code == BO_PROBLEM_OUTCOME_UNKNOWN);
  return outcome == BO_CANCEL_DONE || outcome == BO_CANCEL_CHANGED;
}

static bool ask_upcoming(void) {
  struct bo_upcoming *shows;
  size_t n;
  bool fine = bo_upcoming_read(mongo, 1, 1, show, 3, &deadline, arena, &shows, &n, &problem);

  FUZZ_REQUIRE(!fine || n <= 3);
  for (size_t i = 0; fine && i < n; i++) {
    fuzz_read(shows[i].title);
    FUZZ_REQUIRE(shows[i].total <= BO_SHOW_SEATS_MAX);
  }
  return fine;
}

static bool ask_sales(void) {
  struct bo_sale *sales;
  size_t n;
  bool fine = bo_sales_read(mongo, show, &deadline, arena, &sales, &n, &problem);

  for (size_t i = 0; fine && i < n; i++) {
    fuzz_read(sales[i].seat);
    fuzz_read(sales[i].user);
    fuzz_read(sales[i].booking_id);
  }
  return fine;
}

static bool ask_owned(void) {
  const char **seats;
  size_t n;
  bool fine = bo_bookings_owned(mongo, show, "ann", 4, &deadline, arena, &seats, &n, &problem);

  for (size_t i = 0; fine && i < n; i++)
    fuzz_read(seats[i]);
  return fine;
}

static bool make_plain_indexes(void) {
  enum bo_setup what;

  return bo_setup_plain_indexes(mongo, &deadline, &what, &problem);
}

static bool ask_second(unsigned which) {
  switch (which) {
  case 0: return cancel(false);
  case 1: return cancel(true);
  case 2: return ask_upcoming();
  case 3: return ask_sales();
  case 4: return ask_owned();
  case 5: return bo_blocking_set(mongo, show, labels, 3, true, true, &deadline, &problem);
  case 6: return bo_blocking_set(mongo, show, labels, 3, false, true, &deadline, &problem);
  default: return make_plain_indexes();
  }
}

/* What one of our own documents could not be, and another program's can. */
static bool may_be_internal(unsigned choice) { return (choice & 128) != 0 && (choice & 7) != 4; }

static bool ask(unsigned which) {
  switch (which) {
  case 0: return ask_sold();
  case 1: return ask_bookings();
  case 2: return insert(1);
  case 3: return insert(3);
  case 4: return ask_show() && bo_shows_prove_primary(mongo, show, &deadline, &problem);
  case 5: return ask_list();
  case 6: return add_shows();
  default: return set_up();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const uris[] = {"mongodb://127.0.0.1:1/?replicaSet=rs0", "mongodb://127.0.0.1:1,127.0.0.1:2/x?w=1&replicaSet=r",
                                     "mongodb://u:p@127.0.0.1:1", "mongodb+srv://cluster.nowhere.example/?replicaSet=rs0"};
  struct fuzz_input input = {data, size};
  uint8_t choice = fuzz_byte(&input), fail_at = (choice & 64) != 0 ? fuzz_byte(&input) : 0;

  problem = (struct bo_problem){0};
  mongo = bo_mongo_new(uris[choice / 16 % 4], "", "fuzz", &problem);
  arena = bo_arena_new();
  FUZZ_REQUIRE(mongo != NULL && arena != NULL);
  fuzz_mongo_begin(input, (choice & 8) == 0);
  fuzz_trouble_begin(fail_at);
  for (int i = 0; i < 2; i++) { /* the second time with what the first left behind */
    deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
    problem.code = BO_PROBLEM_NONE;
    if (!((choice & 128) != 0 ? ask_second(choice & 7) : ask(choice & 7)))
      FUZZ_REQUIRE(problem.code != BO_PROBLEM_NONE && (problem.code != BO_PROBLEM_INTERNAL || may_be_internal(choice)));
    FUZZ_REQUIRE(problem.code != BO_PROBLEM_OUT_OF_MEMORY || fuzz_trouble_came(FUZZ_NO_MEMORY));
  }
  fuzz_trouble_end();
  bo_mongo_free(mongo);
  bo_arena_free(arena);
  return 0;
}
