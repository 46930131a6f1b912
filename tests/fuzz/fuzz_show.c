/* A show's document (from MongoDB, or from Redis) -> seats -> map. */
#include "boxoffice/seats.h"
#include "boxoffice/show.h"
#include "tests/fuzz/fuzz.h"

enum { FEW = 300 }; /* larger houses are made, but not looked at seat by seat */

static void require_record(const struct bo_show *show) {
  const struct bo_show_record *record = &show->record;

  FUZZ_REQUIRE(strlen(record->id) == BO_SHOW_ID_LENGTH && strspn(record->id, "0123456789abcdef") == BO_SHOW_ID_LENGTH);
  FUZZ_REQUIRE(record->title[0] != '\0' && record->n_seats >= 1 && record->n_seats <= BO_SHOW_SEATS_MAX);
  for (size_t i = 0; i < record->n_seats && i < FEW; i++) {
    size_t length = strlen(record->labels[i]);

    FUZZ_REQUIRE(bo_seat_is_label(record->labels[i], length));
    FUZZ_REQUIRE(bo_show_seat(show, record->labels[i], length) == i);
  }
}

/* Sections, rows and seats point at each other, and nowhere else. */
static void require_hall(const struct bo_show_record *record) {
  size_t n_rows = 0, n_seats = 0, n_blocked = 0;

  for (size_t i = 0; i < record->n_sections; n_rows += record->sections[i++].n_rows)
    FUZZ_REQUIRE(record->sections[i].first_row == n_rows);
  for (size_t i = 0; i < record->n_rows; n_seats += record->rows[i++].n_seats)
    FUZZ_REQUIRE(record->rows[i].first_seat == n_seats && record->rows[i].section < record->n_sections);
  FUZZ_REQUIRE(n_rows == record->n_rows && n_seats == record->n_seats);
  for (size_t i = 0; i < record->n_categories; i++) {
    fuzz_read(record->categories[i].name);
    fuzz_read(record->categories[i].currency);
  }
  for (size_t i = 0; i < record->n_seats; i++) {
    const struct bo_seat_record *seat = &record->seats[i];
    const struct bo_row_record *row = &record->rows[seat->row];

    FUZZ_REQUIRE(seat->label == record->labels[i] && seat->section == row->section && i - row->first_seat < row->n_seats);
    FUZZ_REQUIRE(seat->category == BO_NONE || seat->category < record->n_categories);
    FUZZ_REQUIRE(seat->companion == BO_NONE || (seat->companion != i && record->seats[seat->companion].accessible));
    FUZZ_REQUIRE(seat->x >= -20000 && seat->x <= 120000 && seat->y >= -20000 && seat->y <= 2e7);
    n_blocked += seat->blocked;
  }
  FUZZ_REQUIRE(n_blocked == record->n_blocked);
}

/* Held: the first seat and one that is not there; sold: the first and the last. */
static void require_map(struct bo_show *show) {
  const struct bo_show_record *record = &show->record;
  struct bo_problem problem;
  char held[128], sold[128];
  struct bo_board_reply told = {.version = "1795548469679013", .live = "1", .held_seats = held, .sold_seats = sold};

  (void)snprintf(held, sizeof(held), "%s,no such seat here,", record->labels[0]);
  (void)snprintf(sold, sizeof(sold), "%s,%s", record->labels[record->n_seats - 1], record->labels[0]);
  FUZZ_REQUIRE(bo_show_take_map(show, &told, &problem));
  FUZZ_REQUIRE(strcmp(show->version, told.version) == 0 && show->states[record->n_seats - 1] == BO_SEAT_BOOKED);
  if (record->n_seats <= FEW)
    FUZZ_REQUIRE(fuzz_is_json_object(show->map.data, show->map.length));
}

static void try_document(const uint8_t *bytes, size_t size) {
  struct bo_show_bytes document = {bytes, size};
  struct bo_problem problem = {0};
  struct bo_show *show;

  fuzz_trouble_begin(0);
  show = bo_show_new("hash", &document, &problem);
  fuzz_trouble_end();
  if (show == NULL) {
    FUZZ_REQUIRE(problem.detail[0] != '\0');
    FUZZ_REQUIRE(problem.code == (fuzz_trouble_came(FUZZ_NO_MEMORY) ? BO_PROBLEM_OUT_OF_MEMORY : BO_PROBLEM_INTERNAL));
    return;
  }
  FUZZ_REQUIRE(!fuzz_trouble_came(FUZZ_NO_MEMORY));
  require_record(show);
  require_hall(&show->record);
  require_map(show);
  bo_show_free(show);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_input input = {data, size};
  size_t length;
  char *copy = fuzz_rest(&input, &length);

  try_document((const uint8_t *)copy, length);
  /* Once more with the outermost length put right, which a mutation mostly breaks. */
  if (length >= 5) {
    for (size_t i = 0; i < 4; i++)
      copy[i] = (char)(length >> (8 * i));
    copy[length - 1] = '\0';
    try_document((const uint8_t *)copy, length);
  }
  free(copy);
  return 0;
}
