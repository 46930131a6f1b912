#include <stdio.h>
#include <string.h>

#include "seed.h"
#include "store/catalogue.h"
#include "util/buf.h"
#include "util/clock.h"

enum { BUDGET_MS = 60000 };

/* Titles are escaped in both forms: a control character in one is not for a terminal either. */
static void append_json_entry(struct bo_buf *out, const struct bo_catalogue_entry *entry) {
  char start[BO_CLOCK_ISO8601_SIZE];
  bo_clock_iso8601(entry->start_ms, start);
  bo_buf_printf(out, "{\"showId\":\"%s\",\"movieTitle\":\"", entry->id);
  bo_buf_append_json(out, entry->title, strlen(entry->title));
  if (entry->start_ms != 0) {
    bo_buf_printf(out, "\",\"startTime\":\"%s\",\"totalSeats\":%zu", start, entry->n_seats);
  } else {
    bo_buf_printf(out, "\",\"startTime\":null,\"totalSeats\":%zu", entry->n_seats);
  }
  if (entry->fault != NULL) {
    bo_buf_append_text(out, ",\"fault\":\"");
    bo_buf_append_json(out, entry->fault, strlen(entry->fault));
    bo_buf_append_text(out, "\"");
  }
  bo_buf_append_text(out, "}");
}

static void append_table_row(struct bo_buf *out, const struct bo_catalogue_entry *entry) {
  char start[BO_CLOCK_ISO8601_SIZE] = "-";
  if (entry->start_ms != 0) {
    bo_clock_iso8601(entry->start_ms, start);
  }
  bo_buf_printf(out, "%-24s  %-24s  %6zu  ", entry->id[0] != '\0' ? entry->id : "-", start, entry->n_seats);
  bo_buf_append_json(out, entry->title, strlen(entry->title));
  if (entry->fault != NULL) {
    bo_buf_append_text(out, "  (cannot be sold: ");
    bo_buf_append_json(out, entry->fault, strlen(entry->fault));
    bo_buf_append_text(out, ")");
  }
  bo_buf_append_text(out, "\n");
}

int seed_list(struct seed *seed) {
  struct bo_problem problem = {0};
  struct bo_deadline deadline = bo_deadline_in(BUDGET_MS);
  struct bo_catalogue_entry *entries;
  struct bo_buf out;
  size_t n;
  bool json = seed->options->json;
  if (!bo_catalogue_list(seed->mongo, &deadline, seed->arena, &entries, &n, &problem)) {
    return seed_fail(&problem);
  }
  bo_buf_init(&out, 0);
  if (json) {
    bo_buf_append_text(&out, "[");
  } else {
    bo_buf_printf(&out, "%-24s  %-24s  %6s  %s\n", "SHOW", "START", "SEATS", "TITLE");
  }
  for (size_t i = 0; i < n; i++) {
    if (json) {
      bo_buf_append_text(&out, i > 0 ? ",\n" : "");
      append_json_entry(&out, &entries[i]);
    } else {
      append_table_row(&out, &entries[i]);
    }
  }
  bo_buf_append_text(&out, json ? "]\n" : "");
  int code = out.failed ? seed_no_memory() : SEED_DONE;
  if (code == SEED_DONE) {
    (void)fwrite(out.data, 1, out.length, stdout); /* seed_finish looks at how it went */
  }
  bo_buf_free(&out);
  return code;
}
