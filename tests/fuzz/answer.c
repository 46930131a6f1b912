#include <json-c/json_tokener.h>
#include <limits.h>

#include "http/problem_json.h"
#include "tests/fuzz/fuzz.h"

enum { DEPTH = 10 };

bool fuzz_is_json_object(const char *text, size_t length) {
  json_tokener *tokener = json_tokener_new_ex(DEPTH);
  json_object *root;
  bool fine;

  FUZZ_REQUIRE(tokener != NULL && length <= INT_MAX);
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  root = json_tokener_parse_ex(tokener, text, (int)length);
  fine = json_tokener_get_error(tokener) == json_tokener_success && json_object_is_type(root, json_type_object) &&
         json_tokener_get_parse_end(tokener) == length;
  (void)json_object_put(root);
  json_tokener_free(tokener);
  return fine;
}

/* Lines of printable ASCII, each ended by CR LF, the empty one last and nowhere else. */
static void require_head(const struct bo_response *response, const char *id) {
  struct bo_buf head;

  bo_buf_init(&head, 16 * 1024);
  bo_response_head(response, id, &head);
  FUZZ_REQUIRE(!head.failed);
  FUZZ_REQUIRE(strncmp(head.data, "Status: ", 8) == 0 && strstr(head.data, " Unknown\r\n") == NULL);
  FUZZ_REQUIRE(strstr(head.data, "\r\n\r\n") == head.data + head.length - 4);
  for (size_t i = 0; i < head.length; i++) {
    if (head.data[i] == '\r')
      FUZZ_REQUIRE(head.data[i + 1] == '\n');
    else if (head.data[i] == '\n')
      FUZZ_REQUIRE(i > 0 && head.data[i - 1] == '\r');
    else
      FUZZ_REQUIRE(head.data[i] >= ' ' && head.data[i] <= '~');
  }
  bo_buf_free(&head);
}

void fuzz_require_answer(const struct bo_request *request, const struct bo_response *response) {
  bool problem = response->problem != BO_PROBLEM_NONE && response->route != NULL &&
                 strcmp(response->route, "ready") != 0; /* a failed check is health+json */

  require_head(response, request->id);
  if (response->content_type == NULL) {
    FUZZ_REQUIRE(response->status == 204 || response->status == 304);
    return;
  }
  FUZZ_REQUIRE(fuzz_is_json_object(response->body, response->length));
  if (problem) {
    FUZZ_REQUIRE(strcmp(response->content_type, BO_TYPE_PROBLEM) == 0);
    FUZZ_REQUIRE(response->status == bo_problem_status(response->problem) && response->status >= 400);
    FUZZ_REQUIRE(response->problem != BO_PROBLEM_INTERNAL);
  }
}
