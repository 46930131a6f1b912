/* GET /bookings/{bookingId}: a booking, for its own user. */
#include <string.h>

#include "api/api.h"
#include "api/booking_json.h"
#include "api/fields.h"
#include "boxoffice/id.h"
#include "http/json_write.h"
#include "http/query.h"

static void render(const char *booking_id, const struct bo_booking_result *booking, struct bo_buf *out) {
  bo_json_open(out, NULL, '{');
  bo_json_put_text(out, "bookingId", booking_id);
  bo_booking_json_put(out, booking);
  bo_json_put_time_or_null(out, "createdAt", booking->created_ms);
  bo_json_close(out, '}');
}

static bool read_user(const struct bo_request *request, const char **user, struct bo_problem *problem) {
  struct bo_text given;

  if (!bo_query_find(request->query, "userId", request->arena, &given.bytes, &given.length, problem))
    return false;
  if (given.bytes == NULL && request->remote_user == NULL)
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "userId must be in the query");
  return bo_user_of(given, request, user, problem);
}

bool bo_api_booking(void *context, const struct bo_request *request, const char *id, struct bo_response *response,
                    struct bo_problem *problem) {
  struct bo_api *api = context;
  char booking_id[BO_SHOW_ID_LENGTH + 1];
  const char *user = NULL;
  struct bo_booking_result booking = {0};
  struct bo_buf body = {0};

  if (!bo_id_parse("bookingId", id, strlen(id), booking_id, problem) || !read_user(request, &user, problem) ||
      !bo_booking(api->office, booking_id, user, &api->deadline, request->arena, &booking, problem))
    return false;
  response->cache_control = "no-store";
  render(booking_id, &booking, &body);
  return bo_response_json(response, request, 200, BO_TYPE_JSON, &body, problem);
}
