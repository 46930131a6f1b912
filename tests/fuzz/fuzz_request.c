/* CGI variables (path, query, headers) and a body -> request -> router -> answer, over an office without stores.
 * The input: "NAME=VALUE" entries, each ended by NUL; an empty one; the body. */
#include "api/api.h"
#include "api/routes.h"
#include "tests/fuzz/fuzz.h"

enum { ENTRIES_MAX = 32 };

struct entries {
  char *texts[ENTRIES_MAX];
  size_t n;
};

static const char *variable(void *context, const char *name) {
  const struct entries *entries = context;
  size_t length = strlen(name);

  for (size_t i = 0; i < entries->n; i++)
    if (strncmp(entries->texts[i], name, length) == 0 && entries->texts[i][length] == '=')
      return entries->texts[i] + length + 1;
  return NULL;
}

static void read_entries(struct fuzz_input *input, struct entries *entries) {
  entries->n = 0;
  while (input->left > 0 && entries->n < ENTRIES_MAX) {
    char *text = fuzz_text(input);

    if (text[0] == '\0') {
      free(text);
      return;
    }
    entries->texts[entries->n++] = text;
  }
}

/* As read_body of fcgi_io.c does. */
static void set_body(struct bo_request *request, const char *body, size_t length) {
  if (length > BO_BODY_MAX)
    request->body_state = BO_BODY_TOO_LARGE;
  else if (request->has_content_length && request->content_length != length)
    request->body_state = BO_BODY_TORN;
  request->body = request->body_state == BO_BODY_WHOLE ? body : "";
  request->body_length = request->body_state == BO_BODY_WHOLE ? length : 0;
}

static void require_request(const struct bo_request *request) {
  static const char etag[] = "\"1-2-3\"";

  fuzz_read(request->path);
  fuzz_read(request->content_type);
  FUZZ_REQUIRE(strlen(request->id) >= 8 && strlen(request->id) <= BO_REQUEST_ID_MAX);
  FUZZ_REQUIRE(strspn(request->trace.trace_id, "0123456789abcdef") == strlen(request->trace.trace_id));
  FUZZ_REQUIRE(strlen(request->trace.trace_id) == 2 * strlen(request->trace.parent_id));
  FUZZ_REQUIRE(strlen(request->trace.trace_id) == BO_TRACE_ID_LENGTH || request->trace.trace_id[0] == '\0');
  FUZZ_REQUIRE(request->remote_user == NULL || request->remote_user[0] != '\0');
  FUZZ_REQUIRE(!bo_request_knows_etag(request, etag) || strchr(request->if_none_match, '*') != NULL ||
               strstr(request->if_none_match, etag) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct bo_config config = {.max_seats = 10};
  static struct bo_json_reader *reader;
  struct fuzz_input input = {data, size};
  struct entries entries;
  struct bo_arena *arena = bo_arena_new();
  struct bo_request request;
  struct bo_response response = {0};
  struct bo_problem problem;
  char *body;

  if (reader == NULL)
    reader = bo_json_reader_new();
  FUZZ_REQUIRE(arena != NULL && reader != NULL);
  read_entries(&input, &entries);
  body = fuzz_rest(&input, &size);
  FUZZ_REQUIRE(bo_request_init(&request, arena, variable, &entries, &problem));
  set_body(&request, body, size);
  require_request(&request);

  struct bo_api api = {.config = &config, .reader = reader, .deadline = bo_deadline_in(BO_REQUEST_STEPS_MS)};
  bo_router_dispatch(&bo_routes, &api, &request, &response);
  fuzz_require_answer(&request, &response);

  bo_arena_free(arena);
  free(body);
  while (entries.n > 0)
    free(entries.texts[--entries.n]);
  return 0;
}
