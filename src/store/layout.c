#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/mongo_private.h"

#include "store/layout_private.h"
#include "store/seat_list_private.h"
#include "util/utf8.h"

enum { EXTENT = 10000, PRICE_MAX = 1000000000 };

/* Where in the layout we are; how deep decides how much of it makes the path. */
enum level { OF_SECTION = 1, OF_ROW, OF_SEAT };

struct parse {
  struct bo_arena *arena;
  struct bo_problem *problem;
  struct bo_section_record *sections;
  struct bo_row_record *rows;
  struct bo_seat_record *seats;
  struct bo_category_record *categories;
  const char **companions; /* for each seat the label that it names, or NULL; borrowed from the document */
  size_t n_sections, n_rows, n_seats, n_categories; /* so far */
  size_t room;                  /* of seats */
  size_t section, row, seat;    /* where we are; row within its section, seat within its row */
  bool listed;                  /* the layout lists its categories: no others may be named */
  double lowest;                /* y of the seat that is farthest from the front so far */
};

/* What sections, rows and seats have in common, and hand down. */
struct traits {
  const char *name;
  size_t category;
  double x, y;
};

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the show");
}

static bool bad(const struct parse *parse, enum level level, const char *field, const char *reason) {
  char row[40] = "", seat[40] = "";
  if (level >= OF_ROW) {
    (void)snprintf(row, sizeof row, ".rows[%zu]", parse->row);
  }
  if (level >= OF_SEAT) {
    (void)snprintf(seat, sizeof seat, ".seats[%zu]", parse->seat);
  }
  return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.sections[%zu]%s%s%s%s: %s", parse->section, row,
                        seat, field[0] != '\0' ? "." : "", field, reason);
}

/* -- values ------------------------------------------------------------------------------------------ */

static bool number_within(const bson_iter_t *iter, double least, double most, double *out) {
  if (!BSON_ITER_HOLDS_INT32(iter) && !BSON_ITER_HOLDS_INT64(iter) && !BSON_ITER_HOLDS_DOUBLE(iter)) {
    return false;
  }
  *out = BSON_ITER_HOLDS_DOUBLE(iter) ? bson_iter_double(iter) : (double)bson_iter_as_int64(iter);
  return isfinite(*out) && *out >= least && *out <= most;
}

/* A name that a person may read, in the arena; NULL: it is none, or memory is out (*failed). */
static const char *name_at(const struct parse *parse, const bson_iter_t *iter, bool *failed) {
  uint32_t length = 0;
  const char *name = BSON_ITER_HOLDS_UTF8(iter) ? bson_iter_utf8(iter, &length) : "";
  *failed = false;
  if (length < 1 || length > BO_LAYOUT_NAME_MAX || !bo_utf8_printable(name, length)) {
    return NULL;
  }
  const char *copy = bo_arena_strndup(parse->arena, name, length);
  *failed = copy == NULL;
  return copy;
}

/* The array `field` of an object: *items is before its first element. */
static bool list_of(const bson_iter_t *object, const char *field, bson_iter_t *items) {
  bson_iter_t iter;
  return BSON_ITER_HOLDS_DOCUMENT(object) && bson_iter_recurse(object, &iter) && bson_iter_find(&iter, field) &&
         BSON_ITER_HOLDS_ARRAY(&iter) && bson_iter_recurse(&iter, items);
}

static size_t length_of(const bson_iter_t *before_first) {
  bson_iter_t iter = *before_first;
  size_t n = 0;
  while (bson_iter_next(&iter)) {
    n++;
  }
  return n;
}

/* -- categories -------------------------------------------------------------------------------------- */

static size_t category_named(const struct parse *parse, const char *name) {
  for (size_t i = 0; i < parse->n_categories; i++) {
    if (strcmp(parse->categories[i].name, name) == 0) {
      return i;
    }
  }
  return BO_NONE;
}

static bool bad_category(const struct parse *parse, size_t index, const char *field, const char *reason) {
  return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.categories[%zu]%s%s: %s", index,
                        field[0] != '\0' ? "." : "", field, reason);
}

static bool read_category_field(const struct parse *parse, size_t index, const bson_iter_t *field,
                                struct bo_category_record *out) {
  const char *key = bson_iter_key(field);
  bool failed;
  if (strcmp(key, "name") == 0) {
    out->name = name_at(parse, field, &failed);
    if (out->name == NULL) {
      return failed ? no_memory(parse->problem) : bad_category(parse, index, key, "must be text of 1 to 64 bytes");
    }
  } else if (strcmp(key, "price") == 0 && !number_within(field, 0, PRICE_MAX, &out->price)) {
    return bad_category(parse, index, key, "must be a number from 0 to 1000000000");
  } else if (strcmp(key, "currency") == 0) {
    uint32_t length = 0;
    const char *currency = BSON_ITER_HOLDS_UTF8(field) ? bson_iter_utf8(field, &length) : "";
    if (length != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3) {
      return bad_category(parse, index, key, "must be three capital letters, as EUR");
    }
    out->currency = bo_arena_strndup(parse->arena, currency, length);
    return out->currency != NULL || no_memory(parse->problem);
  }
  return true;
}

static bool parse_category(struct parse *parse, size_t index, const bson_iter_t *category) {
  struct bo_category_record record = {.price = -1, .currency = ""};
  bson_iter_t field;
  if (!BSON_ITER_HOLDS_DOCUMENT(category) || !bson_iter_recurse(category, &field)) {
    return bad_category(parse, index, "", "must be an object with a name");
  }
  while (bson_iter_next(&field)) {
    if (!read_category_field(parse, index, &field, &record)) {
      return false;
    }
  }
  if (record.name == NULL) {
    return bad_category(parse, index, "", "must be an object with a name");
  }
  if (category_named(parse, record.name) != BO_NONE) {
    return bad_category(parse, index, "name", "is there twice");
  }
  parse->categories[parse->n_categories++] = record;
  return true;
}

static bool parse_categories(struct parse *parse, const bson_iter_t *layout) {
  bson_iter_t field, items;
  parse->categories = bo_arena_array(parse->arena, BO_LAYOUT_CATEGORIES_MAX, sizeof *parse->categories);
  if (parse->categories == NULL) {
    return no_memory(parse->problem);
  }
  if (!bson_iter_recurse(layout, &field) || !bson_iter_find(&field, "categories")) {
    return true;
  }
  if (!list_of(layout, "categories", &items) || length_of(&items) > BO_LAYOUT_CATEGORIES_MAX) {
    return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.categories: must be a list of at most %d",
                          BO_LAYOUT_CATEGORIES_MAX);
  }
  parse->listed = true;
  for (size_t i = 0; bson_iter_next(&items); i++) {
    if (!parse_category(parse, i, &items)) {
      return false;
    }
  }
  return true;
}

/* Where the layout lists no categories, a name makes one. */
static bool use_category(struct parse *parse, enum level level, const bson_iter_t *field, size_t *out) {
  bool failed;
  const char *name = name_at(parse, field, &failed);
  if (name == NULL) {
    return failed ? no_memory(parse->problem) : bad(parse, level, "category", "must be text of 1 to 64 bytes");
  }
  *out = category_named(parse, name);
  if (*out != BO_NONE) {
    return true;
  }
  if (parse->listed) {
    return bad(parse, level, "category", "is not one of the layout's categories");
  }
  if (parse->n_categories == BO_LAYOUT_CATEGORIES_MAX) {
    return bad(parse, level, "category", "is one category too many (100 are the most)");
  }
  *out = parse->n_categories++;
  parse->categories[*out] = (struct bo_category_record){.name = name, .price = -1, .currency = ""};
  return true;
}

/* -- sections, rows, seats --------------------------------------------------------------------------- */

static bool read_trait(struct parse *parse, enum level level, const bson_iter_t *field, struct traits *traits) {
  const char *key = bson_iter_key(field);
  bool is_x = strcmp(key, "x") == 0, failed;
  if (is_x || strcmp(key, "y") == 0) {
    return number_within(field, -EXTENT, EXTENT, is_x ? &traits->x : &traits->y) ||
           bad(parse, level, key, "must be a number of seat widths from -10000 to 10000");
  }
  if (strcmp(key, "category") == 0) {
    return use_category(parse, level, field, &traits->category);
  }
  if (level != OF_SEAT && strcmp(key, "name") == 0) {
    traits->name = name_at(parse, field, &failed);
    return traits->name != NULL ||
           (failed ? no_memory(parse->problem) : bad(parse, level, key, "must be text of 1 to 64 bytes"));
  }
  return true;
}

static bool read_traits(struct parse *parse, enum level level, const bson_iter_t *object, struct traits *traits) {
  bson_iter_t field;
  bool ok = bson_iter_recurse(object, &field);
  while (ok && bson_iter_next(&field)) {
    ok = read_trait(parse, level, &field, traits);
  }
  return ok;
}

static bool set_label(struct parse *parse, const bson_iter_t *iter, struct bo_seat_record *seat) {
  const char *label = seat_label_at(iter);
  if (label == NULL) {
    return bad(parse, OF_SEAT, "label", SEAT_LABEL_RULE);
  }
  if (parse->n_seats == BO_SHOW_SEATS_MAX) {
    return bad(parse, OF_SEAT, "", "is one seat too many (100000 are the most)");
  }
  seat->label = bo_arena_strdup(parse->arena, label);
  return seat->label != NULL || no_memory(parse->problem);
}

static bool read_flag(const struct parse *parse, const bson_iter_t *field, bool *flag) {
  if (!BSON_ITER_HOLDS_BOOL(field)) {
    return bad(parse, OF_SEAT, bson_iter_key(field), "must be true or false");
  }
  *flag = bson_iter_bool(field);
  return true;
}

static bool read_seat_field(struct parse *parse, const bson_iter_t *field, struct bo_seat_record *seat) {
  const char *key = bson_iter_key(field);
  if (strcmp(key, "label") == 0) {
    return set_label(parse, field, seat);
  }
  if (strcmp(key, "accessible") == 0) {
    return read_flag(parse, field, &seat->accessible);
  }
  if (strcmp(key, "blocked") == 0) {
    return read_flag(parse, field, &seat->blocked);
  }
  if (strcmp(key, "companionOf") == 0) {
    parse->companions[parse->n_seats] = seat_label_at(field);
    return parse->companions[parse->n_seats] != NULL || bad(parse, OF_SEAT, key, "must be the label of an accessible seat");
  }
  return true;
}

static void add_seat(struct parse *parse, const struct bo_seat_record *seat) {
  assert(parse->n_seats < parse->room);
  parse->seats[parse->n_seats++] = *seat;
  parse->lowest = fmax(parse->lowest, seat->y);
}

/* `row`: its traits, x and y being where its first seat stands. */
static bool parse_seat(struct parse *parse, const bson_iter_t *item, const struct traits *row) {
  struct bo_seat_record seat = {.section = parse->n_sections - 1, .row = parse->n_rows - 1, .companion = BO_NONE};
  struct traits traits = {.category = row->category, .x = row->x + (double)parse->seat, .y = row->y};
  bson_iter_t field;
  bool ok = BSON_ITER_HOLDS_DOCUMENT(item) && bson_iter_recurse(item, &field) && bson_iter_find(&field, "label");
  if (!ok || !bson_iter_recurse(item, &field)) {
    return bad(parse, OF_SEAT, "", "must be an object with a label");
  }
  while (bson_iter_next(&field)) {
    if (!read_trait(parse, OF_SEAT, &field, &traits) || !read_seat_field(parse, &field, &seat)) {
      return false;
    }
  }
  seat.category = traits.category;
  seat.x = traits.x;
  seat.y = traits.y;
  add_seat(parse, &seat);
  return true;
}

/* `section`: its traits, x and y being where this row begins unless it says otherwise. */
static bool parse_row(struct parse *parse, const bson_iter_t *item, struct traits *section) {
  struct traits traits = {.name = "", .category = section->category, .x = section->x, .y = section->y};
  bson_iter_t seats;
  if (!list_of(item, "seats", &seats)) {
    return bad(parse, OF_ROW, "", "must be an object with a list of seats");
  }
  if (!read_traits(parse, OF_ROW, item, &traits)) {
    return false;
  }
  struct bo_row_record *row = &parse->rows[parse->n_rows++];
  *row = (struct bo_row_record){.name = traits.name, .section = parse->n_sections - 1, .first_seat = parse->n_seats};
  for (parse->seat = 0; bson_iter_next(&seats); parse->seat++) {
    if (!parse_seat(parse, &seats, &traits)) {
      return false;
    }
  }
  row->n_seats = parse->n_seats - row->first_seat;
  section->y = traits.y + 1; /* the next row stands behind this one */
  return true;
}

static bool parse_section(struct parse *parse, const bson_iter_t *item) {
  struct traits traits = {.name = "", .category = BO_NONE, .y = parse->n_seats > 0 ? parse->lowest + 2 : 0};
  bson_iter_t rows;
  if (!list_of(item, "rows", &rows)) {
    return bad(parse, OF_SECTION, "", "must be an object with a list of rows");
  }
  if (!read_traits(parse, OF_SECTION, item, &traits)) {
    return false;
  }
  assert(parse->sections != NULL); /* as many as were counted */
  struct bo_section_record *section = &parse->sections[parse->n_sections++];
  *section = (struct bo_section_record){.name = traits.name, .first_row = parse->n_rows};
  for (parse->row = 0; bson_iter_next(&rows); parse->row++) {
    if (!parse_row(parse, &rows, &traits)) {
      return false;
    }
  }
  section->n_rows = parse->n_rows - section->first_row;
  return true;
}

/* -- the whole --------------------------------------------------------------------------------------- */

static bool make_room(struct parse *parse, size_t n_sections, size_t n_rows, size_t n_seats) {
  parse->room = n_seats;
  parse->sections = bo_arena_array(parse->arena, n_sections, sizeof *parse->sections);
  parse->rows = bo_arena_array(parse->arena, n_rows, sizeof *parse->rows);
  parse->seats = bo_arena_array(parse->arena, n_seats, sizeof *parse->seats);
  return (parse->sections != NULL && parse->rows != NULL && parse->seats != NULL) || no_memory(parse->problem);
}

/* Room for all that parse_sections can come to, which stops at the first thing that is not as it must be. */
static bool count_sections(struct parse *parse, const bson_iter_t *sections) {
  bson_iter_t section = *sections, row, seats;
  size_t n_sections = 0, n_rows = 0, n_seats = 0;
  while (bson_iter_next(&section) && list_of(&section, "rows", &row)) {
    n_sections++;
    while (bson_iter_next(&row) && list_of(&row, "seats", &seats)) {
      n_rows++;
      n_seats += length_of(&seats);
    }
  }
  n_seats = n_seats < BO_SHOW_SEATS_MAX ? n_seats : BO_SHOW_SEATS_MAX;
  /* One more: the label one too many is looked at before it is refused. */
  parse->companions = bo_arena_array(parse->arena, n_seats + 1, sizeof *parse->companions);
  return parse->companions != NULL ? make_room(parse, n_sections, n_rows, n_seats) : no_memory(parse->problem);
}

static bool parse_focus(const struct parse *parse, const bson_iter_t *layout, struct bo_show_record *out) {
  bson_iter_t focus, x, y;
  if (!bson_iter_recurse(layout, &focus) || !bson_iter_find(&focus, "focus")) {
    return true;
  }
  out->has_focus = BSON_ITER_HOLDS_DOCUMENT(&focus) && bson_iter_recurse(&focus, &x) && bson_iter_find(&x, "x") &&
                   bson_iter_recurse(&focus, &y) && bson_iter_find(&y, "y") &&
                   number_within(&x, -EXTENT, EXTENT, &out->focus_x) && number_within(&y, -EXTENT, EXTENT, &out->focus_y);
  return out->has_focus ||
         bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.focus: must be an object of two numbers, x and y");
}

static bool parse_front(const struct parse *parse, const bson_iter_t *layout, struct bo_show_record *out) {
  static const char *const fronts[] = {"stage", "screen"};
  bson_iter_t front;
  if (!bson_iter_recurse(layout, &front) || !bson_iter_find(&front, "front")) {
    return true;
  }
  for (size_t i = 0; BSON_ITER_HOLDS_UTF8(&front) && i < sizeof fronts / sizeof fronts[0]; i++) {
    if (strcmp(bson_iter_utf8(&front, NULL), fronts[i]) == 0) {
      out->front = fronts[i];
      return true;
    }
  }
  return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout.front: must be \"stage\" or \"screen\"");
}

static bool parse_sections(struct parse *parse, const bson_iter_t *layout, struct bo_show_record *out) {
  bson_iter_t sections;
  if (!list_of(layout, "sections", &sections)) {
    return bo_problem_set(parse->problem, BO_PROBLEM_INTERNAL, "layout: must be an object with a list of sections");
  }
  if (!count_sections(parse, &sections) || !parse_categories(parse, layout) || !parse_focus(parse, layout, out) ||
      !parse_front(parse, layout, out)) {
    return false;
  }
  for (parse->section = 0; bson_iter_next(&sections); parse->section++) {
    if (!parse_section(parse, &sections)) {
      return false;
    }
  }
  return true;
}

static bool hand_over(const struct parse *parse, struct bo_show_record *out) {
  const char **labels = bo_arena_array(parse->arena, parse->n_seats, sizeof *labels);
  if (labels == NULL) {
    return no_memory(parse->problem);
  }
  for (size_t i = 0; i < parse->n_seats; i++) {
    labels[i] = parse->seats[i].label;
    out->n_blocked += parse->seats[i].blocked;
  }
  out->labels = labels;
  out->seats = parse->seats;
  out->n_seats = parse->n_seats;
  out->rows = parse->rows;
  out->n_rows = parse->n_rows;
  out->sections = parse->sections;
  out->n_sections = parse->n_sections;
  out->categories = parse->categories;
  out->n_categories = parse->n_categories;
  return true;
}

/* -- once every seat is known ------------------------------------------------------------------------ */

/* Where every seat is known, so are the seats that they go with. */
static bool find_companions(struct parse *parse, struct bo_seat_record *const *sorted) {
  for (size_t i = 0; i < parse->n_seats; i++) {
    struct bo_seat_record *seat = &parse->seats[i];
    if (parse->companions[i] == NULL) {
      continue;
    }
    const struct bo_seat_record *found = seat_list_find(sorted, parse->n_seats, parse->companions[i]);
    if (found == NULL || found == seat || !found->accessible) {
      parse->section = seat->section;
      parse->row = seat->row - parse->sections[seat->section].first_row;
      parse->seat = i - parse->rows[seat->row].first_seat;
      return bad(parse, OF_SEAT, "companionOf", "must be the label of an accessible seat");
    }
    seat->companion = (size_t)(found - parse->seats);
  }
  return true;
}

static bool parse_whole(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                        struct bo_problem *problem) {
  struct parse parse = {.arena = arena, .problem = problem};
  if (!parse_sections(&parse, layout, out) || !hand_over(&parse, out)) {
    return false;
  }
  struct bo_seat_record **sorted = seat_list_sort(out, arena);
  if (sorted == NULL) {
    return no_memory(problem);
  }
  out->has_layout = true;
  return seat_list_all_different(sorted, out->n_seats, problem) && find_companions(&parse, sorted);
}

static bool parse_plain(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                        struct bo_problem *problem) {
  if (!seat_list_plain(layout, arena, out, problem)) {
    return false;
  }
  struct bo_seat_record **sorted = seat_list_sort(out, arena);
  return sorted != NULL ? seat_list_all_different(sorted, out->n_seats, problem) : no_memory(problem);
}

bool layout_parse(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                  struct bo_problem *problem) {
  bool ok = BSON_ITER_HOLDS_ARRAY(layout) ? parse_plain(layout, arena, out, problem)
                                          : parse_whole(layout, arena, out, problem);
  return ok && (out->n_seats > 0 || bo_problem_set(problem, BO_PROBLEM_INTERNAL, "layout: has no seats"));
}
