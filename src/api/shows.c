/* GET /shows?limit=&after=: the shows that have not begun, by start, a page at a time. */
#include <inttypes.h>
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

static bool put_show(json_object *list, const struct bo_listed_show *show) {
  json_object *object = json_object_new_object();

  return bo_json_append(list, object) && bo_json_put_text(object, "showId", show->mark.id) &&
         bo_json_put_text(object, "movieTitle", show->title) &&
         bo_json_put_time(object, "startTime", show->mark.start_ms) &&
         (show->sale_opens_ms != 0 ? bo_json_put_time(object, "saleStart", show->sale_opens_ms)
                                   : bo_json_put_text_or_null(object, "saleStart", "")) &&
         bo_json_put_time(object, "saleEnd", show->sale_closes_ms) &&
         bo_counts_json_put(object, &show->counts, show->counted);
}

static json_object *render(const struct bo_list_result *result, struct bo_arena *arena) {
  json_object *root = json_object_new_object(), *list = json_object_new_array();
  const char *next = "";
  bool fine = bo_json_put(root, "shows", list);

  for (size_t i = 0; fine && i < result->n; i++)
    fine = put_show(list, &result->shows[i]);
  if (result->more) {
    const struct bo_list_mark *last = &result->shows[result->n - 1].mark;

    next = bo_arena_printf(arena, "%" PRId64 "-%s", last->start_ms, last->id);
  }
  return bo_json_complete(root, fine && next != NULL && bo_json_put_text_or_null(root, "next", next));
}

bool bo_api_shows(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                  struct bo_problem *problem) {
  struct bo_api *api = context;
  struct bo_list_mark after = {0};
  struct bo_list_result result = {0};
  size_t limit = LIMIT_DEFAULT;
  bool has_after = false;

  (void)id;
  if (!read_limit(request, &limit, problem) || !read_after(request, &after, &has_after, problem) ||
      !bo_list(api->office, has_after ? &after : NULL, limit, &api->deadline, request->arena, &result, problem))
    return false;
  response->cache_control = "no-store";
  return bo_response_json(response, request, 200, BO_TYPE_JSON, render(&result, request->arena), problem);
}
