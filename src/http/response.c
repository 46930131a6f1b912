#include "http/response.h"

#include <stdlib.h>

bool bo_response_json(struct bo_response *response, const struct bo_request *request, int status,
                      const char *content_type, struct bo_buf *text, struct bo_problem *problem) {
  bool fine = !text->failed;

  if (text->data == NULL || !bo_arena_own(request->arena, text->data, free) || !fine)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the answer");
  response->status = status;
  response->content_type = content_type;
  response->body = text->data;
  response->length = text->length;
  return true;
}

static const char *reason_phrase(int status) {
  static const struct {
    int status;
    const char *phrase;
  } phrases[] = {{200, "OK"},
                 {201, "Created"},
                 {204, "No Content"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {409, "Conflict"},
                 {410, "Gone"},
                 {413, "Content Too Large"},
                 {415, "Unsupported Media Type"},
                 {422, "Unprocessable Content"},
                 {500, "Internal Server Error"},
                 {503, "Service Unavailable"}};

  for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
    if (phrases[i].status == status)
      return phrases[i].phrase;
  return "Unknown";
}

static void field(struct bo_buf *head, const char *name, const char *value) {
  if (value == NULL)
    return;
  bo_buf_append_text(head, name);
  bo_buf_append_text(head, ": ");
  bo_buf_append_text(head, value);
  bo_buf_append_text(head, "\r\n");
}

static void number_field(struct bo_buf *head, const char *name, size_t value) {
  bo_buf_append_text(head, name);
  bo_buf_append_text(head, ": ");
  bo_buf_append_number(head, value);
  bo_buf_append_text(head, "\r\n");
}

void bo_response_head(const struct bo_response *response, const char *request_id, struct bo_buf *head) {
  bo_buf_append_text(head, "Status: ");
  bo_buf_append_number(head, (uint64_t)response->status);
  bo_buf_append_text(head, " ");
  bo_buf_append_text(head, reason_phrase(response->status));
  bo_buf_append_text(head, "\r\n");
  field(head, "Content-Type", response->content_type);
  if (response->content_type != NULL)
    number_field(head, "Content-Length", response->length);
  field(head, "Cache-Control", response->cache_control);
  field(head, "ETag", response->etag);
  field(head, "Allow", response->allow);
  if (response->retry_after_s != 0)
    number_field(head, "Retry-After", response->retry_after_s);
  field(head, "X-Request-ID", request_id);
  bo_buf_append_text(head, "\r\n");
}
