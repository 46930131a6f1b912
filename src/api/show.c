/* GET /shows/{showId}: the show and its hall; 304 where the client has it. */
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "boxoffice/id.h"
#include "http/json_write.h"
#include "store/shows.h"

/* With three decimals at most: a thousandth of a seat is nothing to see. */
static void put_number(struct bo_buf *out, const char *key, double number) {
  bo_json_put_thousandths(out, key, llround(number * 1000));
}

static void put_seat(struct bo_buf *out, const struct bo_show_record *show, const struct bo_seat_record *seat) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "seatNumber", seat->label);
  put_number(out, "x", seat->x);
  put_number(out, "y", seat->y);
  if (seat->category != BO_NONE)
    bo_json_put_text(out, "category", show->categories[seat->category].name);
  if (seat->accessible)
    bo_json_put_bool(out, "accessible", true);
  if (seat->companion != BO_NONE)
    bo_json_put_text(out, "companionOf", show->labels[seat->companion]);
  if (seat->blocked)
    bo_json_put_bool(out, "blocked", true);
  bo_json_close(out, '}');
}

static void put_row(struct bo_buf *out, const struct bo_show_record *show, const struct bo_row_record *row) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "name", row->name);
  bo_json_open(out, "seats", '[');
  for (size_t i = 0; i < row->n_seats; i++)
    put_seat(out, show, &show->seats[row->first_seat + i]);
  bo_json_close(out, ']');
  bo_json_close(out, '}');
}

static void put_section(struct bo_buf *out, const struct bo_show_record *show, const struct bo_section_record *section) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "name", section->name);
  bo_json_open(out, "rows", '[');
  for (size_t i = 0; i < section->n_rows; i++)
    put_row(out, show, &show->rows[section->first_row + i]);
  bo_json_close(out, ']');
  bo_json_close(out, '}');
}

static void put_category(struct bo_buf *out, const struct bo_category_record *category) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "name", category->name);
  if (category->price >= 0)
    put_number(out, "price", category->price);
  if (category->currency[0] != '\0')
    bo_json_put_text(out, "currency", category->currency);
  bo_json_close(out, '}');
}

static void put_focus(struct bo_buf *out, const struct bo_show_record *show) {
  bo_json_open(out, "focus", '{');
  put_number(out, "x", show->focus_x);
  put_number(out, "y", show->focus_y);
  bo_json_close(out, '}');
}

static void put_layout(struct bo_buf *out, const struct bo_show_record *show) {
  bo_json_open(out, "layout", '{');
  bo_json_put_bool(out, "grid", !show->has_layout);
  if (show->has_focus)
    put_focus(out, show);
  if (show->front != NULL)
    bo_json_put_text(out, "front", show->front);
  bo_json_open(out, "categories", '[');
  for (size_t i = 0; i < show->n_categories; i++)
    put_category(out, &show->categories[i]);
  bo_json_close(out, ']');
  bo_json_open(out, "sections", '[');
  for (size_t i = 0; i < show->n_sections; i++)
    put_section(out, show, &show->sections[i]);
  bo_json_close(out, ']');
  bo_json_close(out, '}');
}

static void render(const struct bo_show_record *show, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "showId", show->id);
  bo_json_put_text(out, "movieTitle", show->title);
  bo_json_put_time_or_null(out, "startTime", show->start_ms);
  bo_json_put_time_or_null(out, "saleStart", show->sale_opens_ms);
  bo_json_put_time_or_null(out, "saleEnd", show->sale_closes_ms == BO_NEVER_MS ? 0 : show->sale_closes_ms);
  bo_json_put_count(out, "totalSeats", show->n_seats);
  put_layout(out, show);
  bo_json_close(out, '}');
}

static bool client_knows(void *context, const char *etag) { return bo_request_knows_etag(context, etag); }

bool bo_api_show(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                 struct bo_problem *problem) {
  struct bo_api *api = context;
  char show_id[BO_SHOW_ID_LENGTH + 1];
  struct bo_describe_result result;
  struct bo_buf body = {0};

  if (!bo_show_id_parse(id, strlen(id), show_id, problem) ||
      !bo_describe(api->office, show_id, client_knows, (void *)request, &api->deadline, request->arena, &result, problem))
    return false;
  response->etag = bo_arena_strdup(request->arena, result.etag);
  if (response->etag == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  response->cache_control = "no-cache"; /* keep it, but ask each time */
  if (result.show == NULL) {
    response->status = 304;
    return true;
  }
  render(result.show, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
