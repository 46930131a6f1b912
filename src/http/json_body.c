#include "http/json_body.h"

#include <assert.h>
#include <errno.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <limits.h>
#include <stdlib.h>

#include "http/json_scan.h"
#include "http/response.h"
#include "util/bounds.h"
#include "util/utf8.h"

enum { DEPTH_MAX = 8 };

struct bo_json_reader {
  json_tokener *tokener;
};

struct bo_json_reader *bo_json_reader_new(void) {
  struct bo_json_reader *reader = calloc(1, sizeof(*reader));

  if (reader == NULL)
    return NULL;
  reader->tokener = json_tokener_new_ex(DEPTH_MAX);
  if (reader->tokener == NULL) {
    free(reader);
    return NULL;
  }
  json_tokener_set_flags(reader->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  return reader;
}

void bo_json_reader_free(struct bo_json_reader *reader) {
  if (reader == NULL)
    return;
  json_tokener_free(reader->tokener);
  free(reader);
}

static void dispose_json(void *object) { (void)json_object_put(object); }

/* Members of all objects in the tree, which is at most DEPTH_MAX deep. */
static size_t count_keys(json_object *value) {
  size_t keys = 0;

  if (json_object_is_type(value, json_type_object)) {
    json_object_object_foreach(value, key, member) {
      (void)key;
      keys += 1 + count_keys(member);
    }
  } else if (json_object_is_type(value, json_type_array)) {
    for (size_t i = 0; i < json_object_array_length(value); i++)
      keys += count_keys(json_object_array_get_idx(value, i));
  }
  return keys;
}

static bool is_blank(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
      return false;
  return true;
}

/* Parses the text; `*end` is where the value ends. json-c does not look at all that it allocates: a string may be short, a
 * member lost or null, and the tokener content. The C library tells, by errno. But json-c clears that before each number:
 * a text that has some is therefore given to it a character at a time. */
static json_object *parse(json_tokener *tokener, const char *text, size_t length, bool has_numbers, size_t *end,
                          bool *no_memory) {
  json_object *root = NULL;
  size_t at = 0;

  *no_memory = false;
  json_tokener_reset(tokener);
  do {
    size_t character = has_numbers ? bo_utf8_character(text + at, length - at) : length;
    size_t piece = character > 0 ? character : 1;

    errno = 0;
    root = json_tokener_parse_ex(tokener, text + at, (int)piece);
    *no_memory = *no_memory || errno == ENOMEM;
    *end = at + json_tokener_get_parse_end(tokener);
    at += piece;
  } while (at < length && json_tokener_get_error(tokener) == json_tokener_continue);
  return root;
}

/* The tokener's verdict on `root` (owned by the caller), which ends at `end`, in a client's words; NULL where it is one whole
 * value. */
static const char *complaint(json_tokener *tokener, json_object *root, const char *text, size_t length, size_t end,
                             size_t keys) {
  enum json_tokener_error error = json_tokener_get_error(tokener);

  if (error == json_tokener_continue)
    return "the text ends too early";
  if (error == json_tokener_error_depth)
    return "nested too deep";
  if (error != json_tokener_success)
    return json_tokener_error_desc(error);
  if (end > length || !is_blank(text + end, length - end))
    return "something follows the value";
  if (!json_object_is_type(root, json_type_object))
    return "not an object";
  if (count_keys(root) != keys)
    return "the same key twice";
  return NULL;
}

bool bo_json_read(struct bo_json_reader *reader, const char *text, size_t length, struct bo_arena *arena,
                  json_object **out, struct bo_problem *problem) {
  struct bo_json_scan scan;
  json_object *root;
  const char *wrong;
  size_t end;
  bool no_memory;

  assert(length <= INT_MAX);
  if (is_blank(text, length))
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "the body is empty");
  if (!bo_json_scan(text, length, &scan))
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "the body is not acceptable JSON: %s, at byte %zu", scan.error,
                          scan.at);
  root = parse(reader->tokener, text, length, scan.has_numbers, &end, &no_memory);
  if (no_memory) {
    (void)json_object_put(root);
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the body");
  }
  wrong = complaint(reader->tokener, root, text, length, end, scan.keys);
  if (wrong != NULL) {
    (void)json_object_put(root);
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "the body is not acceptable JSON: %s", wrong);
  }
  if (!bo_arena_own(arena, root, dispose_json))
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the body");
  *out = root;
  return true;
}

bool bo_json_body(struct bo_json_reader *reader, const struct bo_request *request, json_object **out,
                  struct bo_problem *problem) {
  if (request->body_state == BO_BODY_TOO_LARGE)
    return bo_problem_set(problem, BO_PROBLEM_TOO_LARGE, "the body is larger than %d bytes", BO_BODY_MAX);
  if (!bo_request_content_is(request, BO_TYPE_JSON))
    return bo_problem_set(problem, BO_PROBLEM_NOT_JSON, "send Content-Type: %s", BO_TYPE_JSON);
  if (request->body_state == BO_BODY_TORN)
    return bo_problem_set(problem, BO_PROBLEM_MALFORMED, "the body does not have the length that Content-Length tells");
  return bo_json_read(reader, request->body, request->body_length, request->arena, out, problem);
}
