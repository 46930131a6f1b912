#include <stdlib.h>
#include <string.h>

#include "store/mongo_private.h"

#include "store/label.h"
#include "store/seat_list_private.h"
#include "util/buf.h"

static bool no_memory(struct bo_problem *problem) {
  return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the seats of a show");
}

const char *seat_label_at(const bson_iter_t *iter) {
  uint32_t length = 0;
  const char *label = BSON_ITER_HOLDS_UTF8(iter) ? bson_iter_utf8(iter, &length) : "";
  return bo_seat_is_label(label, length) ? label : NULL;
}

/* -- a house without a shape of its own: a grid about twice as wide as deep ---------------------------- */

/* Rows of a multiple of ten, so that each of a numbered show begins with a number that ends in 1. */
static size_t grid_width(size_t n_seats) {
  size_t width = 10;
  while (width * width < 2 * n_seats) {
    width += 10;
  }
  return width;
}

static bool make_grid(const char **labels, size_t n_seats, struct bo_arena *arena, struct bo_show_record *out,
                      struct bo_problem *problem) {
  size_t width = grid_width(n_seats), n_rows = (n_seats + width - 1) / width;
  struct bo_section_record *section = bo_arena_array(arena, 1, sizeof *section);
  struct bo_row_record *rows = bo_arena_array(arena, n_rows, sizeof *rows);
  struct bo_seat_record *seats = bo_arena_array(arena, n_seats, sizeof *seats);
  if (section == NULL || rows == NULL || seats == NULL) {
    return no_memory(problem);
  }
  *section = (struct bo_section_record){.name = "", .n_rows = n_rows};
  for (size_t i = 0, left = n_seats; i < n_rows; i++, left -= width) {
    rows[i] = (struct bo_row_record){.name = "", .first_seat = i * width, .n_seats = left < width ? left : width};
  }
  for (size_t i = 0; i < n_seats; i++) {
    size_t row = i / width;
    seats[i] = (struct bo_seat_record){.label = labels[i], .row = row, .category = BO_NONE, .companion = BO_NONE,
                                       .x = (double)(i % width), .y = (double)row};
  }
  out->labels = labels;
  out->seats = seats;
  out->n_seats = n_seats;
  out->rows = rows;
  out->n_rows = n_rows;
  out->sections = section;
  out->n_sections = 1;
  return true;
}

bool seat_list_number(size_t total, struct bo_arena *arena, struct bo_show_record *out, struct bo_problem *problem) {
  enum { LABEL_SIZE = 12 }; /* S, ten digits, NUL */
  const char **labels = bo_arena_array(arena, total, sizeof *labels);
  char *text = bo_arena_array(arena, total, LABEL_SIZE); /* one block for all */
  if (labels == NULL || text == NULL) {
    return no_memory(problem);
  }
  for (size_t i = 0; i < total; i++, text += LABEL_SIZE) {
    char *label = bo_digits(i + 1, text + LABEL_SIZE - 1) - 1; /* the block is zeroed, so it ends as a text */
    *label = 'S';
    labels[i] = label;
  }
  return make_grid(labels, total, arena, out, problem);
}

static bool bad_label(struct bo_problem *problem, const char *list, size_t index, const char *reason) {
  return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "%s[%zu]: %s", list, index, reason);
}

bool seat_list_plain(const bson_iter_t *layout, struct bo_arena *arena, struct bo_show_record *out,
                     struct bo_problem *problem) {
  bson_iter_t items, count;
  size_t n = 0;
  if (!bson_iter_recurse(layout, &items) || !bson_iter_recurse(layout, &count)) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "layout: must be a list of labels");
  }
  while (n < BO_SHOW_SEATS_MAX && bson_iter_next(&count)) {
    n++;
  }
  const char **labels = bo_arena_array(arena, n, sizeof *labels);
  if (labels == NULL) {
    return no_memory(problem);
  }
  for (size_t i = 0; bson_iter_next(&items); i++) {
    const char *label = seat_label_at(&items);
    if (label == NULL) {
      return bad_label(problem, "layout", i, SEAT_LABEL_RULE);
    }
    if (i == BO_SHOW_SEATS_MAX) {
      return bad_label(problem, "layout", i, "is one seat too many (100000 are the most)");
    }
    labels[i] = bo_arena_strdup(arena, label);
    if (labels[i] == NULL) {
      return no_memory(problem);
    }
  }
  return make_grid(labels, n, arena, out, problem);
}

/* -- by label ---------------------------------------------------------------------------------------- */

static int compare_seats(const void *a, const void *b) {
  const struct bo_seat_record *const *one = a, *const *other = b;
  return strcmp((*one)->label, (*other)->label);
}

struct bo_seat_record **seat_list_sort(const struct bo_show_record *show, struct bo_arena *arena) {
  struct bo_seat_record **sorted = bo_arena_array(arena, show->n_seats, sizeof *sorted);
  if (sorted != NULL) {
    for (size_t i = 0; i < show->n_seats; i++) {
      sorted[i] = &show->seats[i];
    }
    qsort(sorted, show->n_seats, sizeof *sorted, compare_seats);
  }
  return sorted;
}

struct bo_seat_record *seat_list_find(struct bo_seat_record *const *sorted, size_t n, const char *label) {
  const struct bo_seat_record key = {.label = label}, *wanted = &key;
  struct bo_seat_record *const *found = bsearch(&wanted, sorted, n, sizeof *sorted, compare_seats);
  return found != NULL ? *found : NULL;
}

bool seat_list_all_different(struct bo_seat_record *const *sorted, size_t n, struct bo_problem *problem) {
  for (size_t i = 1; i < n; i++) {
    if (strcmp(sorted[i - 1]->label, sorted[i]->label) == 0) {
      return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "layout: the label \"%s\" is there twice", sorted[i]->label);
    }
  }
  return true;
}

bool seat_list_block(const bson_iter_t *blocked, struct bo_arena *arena, struct bo_show_record *out,
                     struct bo_problem *problem) {
  bson_iter_t items;
  if (!BSON_ITER_HOLDS_ARRAY(blocked) || !bson_iter_recurse(blocked, &items)) {
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "blocked: must be a list of labels");
  }
  struct bo_seat_record **sorted = seat_list_sort(out, arena);
  if (sorted == NULL) {
    return no_memory(problem);
  }
  for (size_t i = 0; bson_iter_next(&items); i++) {
    const char *label = seat_label_at(&items);
    if (label == NULL) {
      return bad_label(problem, "blocked", i, SEAT_LABEL_RULE);
    }
    struct bo_seat_record *seat = seat_list_find(sorted, out->n_seats, label);
    if (seat == NULL && out->blocked_unknown == BO_NONE) {
      out->blocked_unknown = i;
    } else if (seat != NULL && !seat->blocked) {
      seat->blocked = true;
      out->n_blocked++;
    }
  }
  return true;
}
