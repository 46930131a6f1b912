#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxoffice/show.h"
#include "seed.h"
#include "store/sales.h"
#include "util/buf.h"

enum { BUDGET_MS = 60000 };

/* A sale and where its seat stands in the hall; SIZE_MAX: the show lacks it. */
struct line {
  const struct bo_sale *sale;
  size_t place;
};

static int compare_lines(const void *a, const void *b) {
  const struct line *one = a, *other = b;
  if (one->place != other->place) {
    return one->place < other->place ? -1 : 1;
  }
  return strcmp(one->sale->seat, other->sale->seat);
}

static void time_text(const struct bo_sale *sale, char out[BO_CLOCK_ISO8601_SIZE]) {
  out[0] = '\0';
  if (sale->created_ms != 0) {
    bo_clock_iso8601(sale->created_ms, out);
  }
}

/* Quoted as RFC 4180 wants it. What a spreadsheet would take for a formula gets an apostrophe: users name themselves. */
static void append_csv(struct bo_buf *out, const char *text, const char *after) {
  bo_buf_append_text(out, strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0' ? "\"'" : "\"");
  for (const char *at = text; *at != '\0'; at++) {
    bo_buf_append(out, at, 1);
    if (*at == '"') {
      bo_buf_append(out, at, 1);
    }
  }
  bo_buf_append_text(out, "\"");
  bo_buf_append_text(out, after);
}

static void append_csv_line(struct bo_buf *out, const struct line *line) {
  char time[BO_CLOCK_ISO8601_SIZE];
  time_text(line->sale, time);
  append_csv(out, line->sale->seat, ",");
  append_csv(out, line->sale->user, ",");
  append_csv(out, line->sale->booking_id, ",");
  append_csv(out, time, line->place == SIZE_MAX ? ",no\r\n" : ",yes\r\n");
}

static void append_json_text(struct bo_buf *out, const char *before, const char *text) {
  bo_buf_append_text(out, before);
  bo_buf_append_text(out, text[0] != '\0' ? "\"" : "null");
  bo_buf_append_json(out, text, strlen(text));
  bo_buf_append_text(out, text[0] != '\0' ? "\"" : "");
}

static void append_json_line(struct bo_buf *out, const struct line *line) {
  char time[BO_CLOCK_ISO8601_SIZE];
  time_text(line->sale, time);
  append_json_text(out, "{\"seatNumber\":", line->sale->seat);
  append_json_text(out, ",\"userId\":", line->sale->user);
  append_json_text(out, ",\"bookingId\":", line->sale->booking_id);
  append_json_text(out, ",\"createdAt\":", time);
  bo_buf_printf(out, ",\"inShow\":%s}", line->place == SIZE_MAX ? "false" : "true");
}

/* Escaped: what another program wrote may hold what is not for a terminal. */
static void append_row(struct bo_buf *out, const struct line *line) {
  const struct bo_sale *sale = line->sale;
  char time[BO_CLOCK_ISO8601_SIZE];
  time_text(sale, time);
  size_t before = out->length;
  bo_buf_append_json(out, sale->seat, strlen(sale->seat));
  bo_buf_printf(out, "%*s  ", out->length - before < 12 ? (int)(12 - (out->length - before)) : 0, "");
  bo_buf_append_json(out, sale->booking_id[0] != '\0' ? sale->booking_id : "-                       ",
                     sale->booking_id[0] != '\0' ? strlen(sale->booking_id) : BO_SHOW_ID_LENGTH);
  bo_buf_printf(out, "  %-24s  ", time[0] != '\0' ? time : "-");
  bo_buf_append_json(out, sale->user, strlen(sale->user));
  bo_buf_append_text(out, line->place == SIZE_MAX ? "  (the show lacks this seat)\n" : "\n");
}

static void append_all(struct bo_buf *out, const struct seed_options *options, const struct line *lines, size_t n) {
  if (options->csv) {
    bo_buf_append_text(out, "seatNumber,userId,bookingId,createdAt,inShow\r\n");
  } else if (options->json) {
    bo_buf_append_text(out, "[");
  } else {
    bo_buf_printf(out, "%-12s  %-24s  %-24s  %s\n", "SEAT", "BOOKING", "SOLD", "USER");
  }
  for (size_t i = 0; i < n; i++) {
    if (options->csv) {
      append_csv_line(out, &lines[i]);
    } else if (options->json) {
      bo_buf_append_text(out, i > 0 ? ",\n" : "");
      append_json_line(out, &lines[i]);
    } else {
      append_row(out, &lines[i]);
    }
  }
  bo_buf_append_text(out, options->json ? "]\n" : "");
}

static int print_all(const struct seed *seed, const struct bo_show *show, const struct bo_sale *sales, size_t n) {
  struct line *lines = bo_arena_array(seed->arena, n, sizeof *lines);
  struct bo_buf out;
  if (lines == NULL) {
    return seed_no_memory();
  }
  for (size_t i = 0; i < n; i++) {
    lines[i] = (struct line){&sales[i], bo_show_seat(show, sales[i].seat, strlen(sales[i].seat))};
  }
  qsort(lines, n, sizeof *lines, compare_lines);
  bo_buf_init(&out, 0);
  append_all(&out, seed->options, lines, n);
  int code = out.failed ? seed_no_memory() : SEED_DONE;
  if (code == SEED_DONE) {
    (void)fwrite(out.data, 1, out.length, stdout); /* seed_finish looks at how it went */
  }
  bo_buf_free(&out);
  return code;
}

int seed_bookings(struct seed *seed) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  struct bo_show_bytes bytes;
  struct bo_sale *sales;
  size_t n;
  char id[BO_SHOW_ID_LENGTH + 1];
  if (!seed_id("SHOW", seed->options->arguments[0], id)) {
    return SEED_USAGE;
  }
  if (!bo_shows_read(seed->mongo, id, &deadline, seed->arena, &bytes, &problem)) {
    return seed_fail(&problem);
  }
  struct bo_show *show = bo_show_new("", &bytes, &problem);
  int code = SEED_FAILED;
  if (show == NULL || !bo_sales_read(seed->mongo, id, &deadline, seed->arena, &sales, &n, &problem)) {
    code = seed_fail(&problem);
  } else {
    code = print_all(seed, show, sales, n);
  }
  bo_show_free(show);
  return code;
}
