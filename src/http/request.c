#include "http/request.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/clock.h"
#include "util/random.h"

bool bo_request_id_is_sane(const char *id, size_t length) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

  return length >= BO_REQUEST_ID_MIN && length <= BO_REQUEST_ID_MAX && strspn(id, allowed) == length;
}

static void new_id(char out[BO_REQUEST_ID_MAX + 1]) {
  struct bo_problem problem;

  /* Without random bytes (only while the machine boots) the time will do: an id need not be secret. */
  if (!bo_random_hex(out, &problem))
    (void)snprintf(out, BO_REQUEST_ID_MAX + 1, "%032llx", (unsigned long long)bo_clock_steady_us());
}

static enum bo_method parse_method(const char *text) {
  static const struct {
    const char *text;
    enum bo_method method;
  } known[] = {{"GET", BO_METHOD_GET},
               {"HEAD", BO_METHOD_HEAD},
               {"POST", BO_METHOD_POST},
               {"OPTIONS", BO_METHOD_OPTIONS}};

  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (strcmp(text, known[i].text) == 0)
      return known[i].method;
  return BO_METHOD_OTHER;
}

/* "" or nothing: none. Not a number: one that no body matches. */
static void parse_content_length(struct bo_request *request, const char *text) {
  size_t length = 0;

  if (text == NULL || text[0] == '\0')
    return;
  request->has_content_length = true;
  request->content_length = SIZE_MAX;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || length > SIZE_MAX / 10 - 1)
      return;
    length = length * 10 + (size_t)(*text - '0');
  }
  request->content_length = length;
}

static void set_empty(struct bo_request *request, struct bo_arena *arena) {
  *request = (struct bo_request){.arena = arena,
                                 .method = BO_METHOD_GET,
                                 .path = "",
                                 .query = "",
                                 .content_type = "",
                                 .if_none_match = "",
                                 .body = ""};
}

/* Copies a variable; "" where it is missing. NULL: out of memory. */
static const char *copy(const struct bo_request *request, const char *value) {
  return value == NULL ? "" : bo_arena_strdup(request->arena, value);
}

/* DOCUMENT_URI is nginx's decoded, normalised path; the others are for other servers. */
static const char *copy_path(const struct bo_request *request, bo_request_variable *variable, void *context) {
  static const char *const names[] = {"DOCUMENT_URI", "SCRIPT_NAME"};
  const char *value;

  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    value = variable(context, names[i]);
    if (value != NULL && value[0] != '\0')
      return bo_arena_strdup(request->arena, value);
  }
  value = variable(context, "REQUEST_URI");
  return value == NULL ? "" : bo_arena_strndup(request->arena, value, strcspn(value, "?"));
}

bool bo_request_init(struct bo_request *request, struct bo_arena *arena, bo_request_variable *variable, void *context,
                     struct bo_problem *problem) {
  const char *method = variable(context, "REQUEST_METHOD");
  const char *id = variable(context, "HTTP_X_REQUEST_ID");
  const char *user = variable(context, "REMOTE_USER");
  const char *path, *query, *content_type, *if_none_match, *remote_user;

  set_empty(request, arena);
  if (id != NULL && bo_request_id_is_sane(id, strlen(id)))
    memcpy(request->id, id, strlen(id) + 1);
  else
    new_id(request->id);
  (void)bo_trace_parse(variable(context, "HTTP_TRACEPARENT"), &request->trace);
  request->method = parse_method(method == NULL ? "" : method);
  parse_content_length(request, variable(context, "CONTENT_LENGTH"));

  path = copy_path(request, variable, context);
  query = copy(request, variable(context, "QUERY_STRING"));
  content_type = copy(request, variable(context, "CONTENT_TYPE"));
  if_none_match = copy(request, variable(context, "HTTP_IF_NONE_MATCH"));
  remote_user = copy(request, user);
  if (path == NULL || query == NULL || content_type == NULL || if_none_match == NULL || remote_user == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the request");
  request->path = path;
  request->query = query;
  request->content_type = content_type;
  request->if_none_match = if_none_match;
  request->remote_user = remote_user[0] == '\0' ? NULL : remote_user;
  return true;
}

bool bo_request_content_is(const struct bo_request *request, const char *media_type) {
  const char *given = request->content_type;
  size_t length = strlen(media_type);

  given += strspn(given, " \t");
  if (strncasecmp(given, media_type, length) != 0)
    return false;
  given += length;
  given += strspn(given, " \t");
  return *given == '\0' || *given == ';';
}

bool bo_request_knows_etag(const struct bo_request *request, const char *etag) {
  const char *at = request->if_none_match;
  size_t length;

  if (strncmp(etag, "W/", 2) == 0)
    etag += 2;
  length = strlen(etag);
  for (;;) {
    const char *end;

    at += strspn(at, " \t,");
    if (*at == '\0')
      return false;
    if (*at == '*')
      return true;
    if (strncmp(at, "W/", 2) == 0)
      at += 2;
    if (*at != '"')
      return false; /* not a list of tags: it names nothing that we know */
    end = strchr(at + 1, '"');
    if (end == NULL)
      return false;
    end++;
    if ((size_t)(end - at) == length && memcmp(at, etag, length) == 0)
      return true;
    at = end;
  }
}
