/* GET /shows?limit=&after=: the shows that have not begun, by start, a page at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/counts_json.h"
#include "boxoffice/id.h"
#include "http/json_write.h"
#include "http/query.h"

enum { LIMIT_DEFAULT = 20, DIGITS_MAX = 15 };

/* A whole number at the beginning of `text`, and what follows it; false: there is none. */
static bool read_number(const char *text, int64_t *out, const char **rest) {
  size_t digits = strspn(text, "0123456789");

  if (digits < 1 || digits > DIGITS_MAX)
    return false;
  *out = strtoll(text, NULL, 10);
  *rest = text + digits;
  return true;
}

static bool read_limit(const struct bo_request *request, size_t *limit, struct bo_problem *problem) {
  const char *text, *rest;
  size_t length;
  int64_t number = LIMIT_DEFAULT;

  if (!bo_query_find(request->query, "limit", request->arena, &text, &length, problem))
    return false;
  if (text != NULL && (!read_number(text, &number, &rest) || rest != text + length || number < 1 || number > BO_LIST_MAX))
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "limit must be a whole number from 1 to %d", BO_LIST_MAX);
  *limit = (size_t)number;
  return true;
}

/* What an answer of ours had as `next`; `*is_there`: the query has one. */
static bool read_after(const struct bo_request *request, struct bo_list_mark *mark, bool *is_there,
                       struct bo_problem *problem) {
  const char *text, *rest;
  size_t length;

  if (!bo_query_find(request->query, "after", request->arena, &text, &length, problem))
    return false;
  *is_there = text != NULL;
  if (text == NULL)
    return true;
  return (read_number(text, &mark->start_ms, &rest) && *rest == '-' &&
          bo_show_id_parse(rest + 1, length - (size_t)(rest + 1 - text), mark->id, problem)) ||
         bo_problem_set(problem, BO_PROBLEM_MALFORMED, "after must be what the page before it gave as next");
}

static void put_show(struct bo_buf *out, const struct bo_listed_show *show) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "showId", show->mark.id);
  bo_json_put_text(out, "movieTitle", show->title);
  bo_json_put_time(out, "startTime", show->mark.start_ms);
  bo_json_put_time_or_null(out, "saleStart", show->sale_opens_ms);
  bo_json_put_time(out, "saleEnd", show->sale_closes_ms);
  bo_counts_json_put(out, &show->counts, show->counted);
  bo_json_close(out, '}');
}

static void render(const struct bo_list_result *result, struct bo_buf *out) {
  char next[DIGITS_MAX + sizeof "-" + BO_SHOW_ID_LENGTH] = "";

  bo_json_open(out, NULL, '{');
  bo_json_open(out, "shows", '[');
  for (size_t i = 0; i < result->n; i++)
    put_show(out, &result->shows[i]);
  bo_json_close(out, ']');
  if (result->more) {
    const struct bo_list_mark *last = &result->shows[result->n - 1].mark;

    (void)snprintf(next, sizeof next, "%" PRId64 "-%s", last->start_ms, last->id);
  }
  bo_json_put_text_or_null(out, "next", next);
  bo_json_close(out, '}');
}

bool bo_api_shows(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                  struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_list_mark after = {0};
  struct bo_list_result result = {0};
  size_t limit = LIMIT_DEFAULT;
  bool has_after = false;
  struct bo_buf body = {0};

  (void)id;
  if (!read_limit(request, &limit, problem) || !read_after(request, &after, &has_after, problem) ||
      !bo_list(api->office, has_after ? &after : NULL, limit, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  render(&result, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
