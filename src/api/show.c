/* GET /shows/{showId}: the show and its hall; 304 where the client has it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "boxoffice/id.h"
#include "store/shows.h"
#include "util/buf.h"

static void put_text(struct bo_buf *out, const char *before, const char *text) {
  bo_buf_append_text(out, before);
  bo_buf_append_text(out, "\"");
  bo_buf_append_json(out, text, strlen(text));
  bo_buf_append_text(out, "\"");
}

/* With three decimals at most: a thousandth of a seat is nothing to see. */
static void put_number(struct bo_buf *out, const char *before, double number) {
  long long thousandths = llround(number * 1000);
  unsigned long long size = (unsigned long long)llabs(thousandths);
  unsigned rest = (unsigned)(size % 1000);

  bo_buf_printf(out, "%s%s%llu", before, thousandths < 0 ? "-" : "", size / 1000);
  if (rest != 0)
    bo_buf_printf(out, rest % 10 != 0 ? ".%03u" : rest % 100 != 0 ? ".%02u" : ".%u",
                  rest % 10 != 0 ? rest : rest % 100 != 0 ? rest / 10 : rest / 100);
}

static void put_seat(struct bo_buf *out, const struct bo_show_record *show, const struct bo_seat_record *seat) {
  bo_buf_append_text(out, "{\"seatNumber\":\"");
  bo_buf_append_text(out, seat->label); /* no character of a label needs escaping */
  put_number(out, "\",\"x\":", seat->x);
  put_number(out, ",\"y\":", seat->y);
  if (seat->category != BO_NONE)
    put_text(out, ",\"category\":", show->categories[seat->category].name);
  if (seat->accessible)
    bo_buf_append_text(out, ",\"accessible\":true");
  if (seat->companion != BO_NONE)
    put_text(out, ",\"companionOf\":", show->labels[seat->companion]);
  if (seat->blocked)
    bo_buf_append_text(out, ",\"blocked\":true");
  bo_buf_append_text(out, "}");
}

static void put_row(struct bo_buf *out, const struct bo_show_record *show, const struct bo_row_record *row) {
  put_text(out, "{\"name\":", row->name);
  bo_buf_append_text(out, ",\"seats\":[");
  for (size_t i = 0; i < row->n_seats; i++) {
    bo_buf_append_text(out, i > 0 ? "," : "");
    put_seat(out, show, &show->seats[row->first_seat + i]);
  }
  bo_buf_append_text(out, "]}");
}

static void put_section(struct bo_buf *out, const struct bo_show_record *show, const struct bo_section_record *section) {
  put_text(out, "{\"name\":", section->name);
  bo_buf_append_text(out, ",\"rows\":[");
  for (size_t i = 0; i < section->n_rows; i++) {
    bo_buf_append_text(out, i > 0 ? "," : "");
    put_row(out, show, &show->rows[section->first_row + i]);
  }
  bo_buf_append_text(out, "]}");
}

static void put_category(struct bo_buf *out, const struct bo_category_record *category) {
  put_text(out, "{\"name\":", category->name);
  if (category->price >= 0)
    put_number(out, ",\"price\":", category->price);
  if (category->currency[0] != '\0')
    put_text(out, ",\"currency\":", category->currency);
  bo_buf_append_text(out, "}");
}

static void put_layout(struct bo_buf *out, const struct bo_show_record *show) {
  bo_buf_printf(out, "{\"grid\":%s", show->has_layout ? "false" : "true");
  if (show->has_focus) {
    put_number(out, ",\"focus\":{\"x\":", show->focus_x);
    put_number(out, ",\"y\":", show->focus_y);
    bo_buf_append_text(out, "}");
  }
  if (show->front != NULL)
    put_text(out, ",\"front\":", show->front);
  bo_buf_append_text(out, ",\"categories\":[");
  for (size_t i = 0; i < show->n_categories; i++) {
    bo_buf_append_text(out, i > 0 ? "," : "");
    put_category(out, &show->categories[i]);
  }
  bo_buf_append_text(out, "],\"sections\":[");
  for (size_t i = 0; i < show->n_sections; i++) {
    bo_buf_append_text(out, i > 0 ? "," : "");
    put_section(out, show, &show->sections[i]);
  }
  bo_buf_append_text(out, "]}");
}

static void put_time(struct bo_buf *out, const char *before, int64_t wall_ms) {
  char time[BO_CLOCK_ISO8601_SIZE];

  bo_clock_iso8601(wall_ms, time);
  bo_buf_append_text(out, before);
  bo_buf_append_text(out, wall_ms != 0 ? "\"" : "null");
  if (wall_ms != 0)
    bo_buf_printf(out, "%s\"", time);
}

static void put_show(struct bo_buf *out, const struct bo_show_record *show) {
  put_text(out, "{\"showId\":", show->id);
  put_text(out, ",\"movieTitle\":", show->title);
  put_time(out, ",\"startTime\":", show->start_ms);
  put_time(out, ",\"saleStart\":", show->sale_opens_ms);
  put_time(out, ",\"saleEnd\":", show->sale_closes_ms == BO_NEVER_MS ? 0 : show->sale_closes_ms);
  bo_buf_printf(out, ",\"totalSeats\":%zu,\"layout\":", show->n_seats);
  put_layout(out, show);
  bo_buf_append_text(out, "}");
}

static void dispose_buf(void *buf) { bo_buf_free(buf); }

static bool render(const struct bo_show_record *show, struct bo_arena *arena, struct bo_response *response) {
  struct bo_buf *out = bo_arena_alloc(arena, sizeof *out);

  if (out == NULL)
    return false;
  bo_buf_init(out, 0);
  if (!bo_arena_own(arena, out, dispose_buf))
    return false;
  put_show(out, show);
  response->body = out->data;
  response->length = out->length;
  return !out->failed;
}

static bool client_knows(void *context, const char *etag) { return bo_request_knows_etag(context, etag); }

bool bo_api_show(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem) {
  struct bo_api *api = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  struct bo_describe_result result;

  if (!bo_show_id_parse(id, strlen(id), show_id, problem) ||
      !bo_describe(api->office, show_id, client_knows, (void *)request, &api->deadline, request->arena, &result, problem))
    return false;
  response->etag = bo_arena_strdup(request->arena, result.etag);
  if (response->etag == NULL || (result.show != NULL && !render(result.show, request->arena, response)))
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  response->cache_control = "no-cache"; /* keep it, but ask each time */
  response->status = result.show != NULL ? 200 : 304;
  response->content_type = result.show != NULL ? BO_TYPE_JSON : NULL;
  return true;
}
