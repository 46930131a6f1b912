#include "publisher.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { EVENTS = 3, CONNECT_MS = 200, URL_SIZE = 96 };

struct feed_publisher {
  CURLM *multi;
  CURL *post;
  struct curl_slist *heads[EVENTS];
  bool busy;
};

static size_t pass_over(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes, (void)context;
  return size * count;
}

static struct curl_slist *head_of(const char *event) {
  struct curl_slist *head = curl_slist_append(NULL, event);
  struct curl_slist *more = head ? curl_slist_append(head, "Content-Type: application/json") : NULL;
  struct curl_slist *most = more ? curl_slist_append(more, "Expect:") : NULL; /* no question before the body */
  if (most) return most;
  curl_slist_free_all(head);
  return NULL;
}

static bool set_up(CURL *post, const char *socket_path) {
  return curl_easy_setopt(post, CURLOPT_UNIX_SOCKET_PATH, socket_path) == CURLE_OK &&
         curl_easy_setopt(post, CURLOPT_PROXY, "") == CURLE_OK && /* whatever the environment says */
         curl_easy_setopt(post, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
         curl_easy_setopt(post, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
         curl_easy_setopt(post, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
         curl_easy_setopt(post, CURLOPT_TIMEOUT_MS, (long)FEED_POST_MS) == CURLE_OK &&
         curl_easy_setopt(post, CURLOPT_WRITEFUNCTION, pass_over) == CURLE_OK;
}

struct feed_publisher *feed_publisher_new(const char *socket_path, struct bo_problem *problem) {
  static const char *const events[EVENTS] = {[FEED_EVENT_SEATS] = "X-EventSource-Event: seats",
                                             [FEED_EVENT_RESYNC] = "X-EventSource-Event: resync",
                                             [FEED_EVENT_ALIVE] = "X-EventSource-Event: alive"};
  if (socket_path[0] != '/' || strlen(socket_path) >= sizeof ((struct sockaddr_un *)NULL)->sun_path) {
    bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "BOXOFFICE_PUBLISH_SOCKET must be a path from the root, and short");
    return NULL;
  }
  struct feed_publisher *publisher = calloc(1, sizeof *publisher);
  if (!publisher || curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) goto failed;
  publisher->multi = curl_multi_init();
  publisher->post = curl_easy_init();
  if (!publisher->multi || !publisher->post || !set_up(publisher->post, socket_path)) goto failed;
  for (size_t i = 0; i < EVENTS; i++)
    if (!(publisher->heads[i] = head_of(events[i]))) goto failed;
  return publisher;
failed:
  bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "libcurl cannot be set up");
  feed_publisher_free(publisher);
  return NULL;
}

void feed_publisher_free(struct feed_publisher *publisher) {
  if (!publisher) return;
  if (publisher->busy) (void)curl_multi_remove_handle(publisher->multi, publisher->post);
  curl_easy_cleanup(publisher->post);
  if (publisher->multi) (void)curl_multi_cleanup(publisher->multi);
  for (size_t i = 0; i < EVENTS; i++) curl_slist_free_all(publisher->heads[i]);
  free(publisher);
  curl_global_cleanup();
}

bool feed_publisher_is_busy(const struct feed_publisher *publisher) { return publisher->busy; }

bool feed_publisher_post(struct feed_publisher *publisher, const char *channel, enum feed_event_kind kind, const char *body,
                         size_t length, struct bo_problem *problem) {
  char url[URL_SIZE];
  int size = snprintf(url, sizeof url, "http://boxoffice/publish/%s", channel); /* curl copies it */
  publisher->busy = size > 0 && size < URL_SIZE && curl_easy_setopt(publisher->post, CURLOPT_URL, url) == CURLE_OK &&
                    curl_easy_setopt(publisher->post, CURLOPT_HTTPHEADER, publisher->heads[kind]) == CURLE_OK &&
                    curl_easy_setopt(publisher->post, CURLOPT_POSTFIELDSIZE, (long)length) == CURLE_OK &&
                    curl_easy_setopt(publisher->post, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
                    curl_multi_add_handle(publisher->multi, publisher->post) == CURLM_OK;
  return publisher->busy || bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "libcurl takes no post");
}

static bool judge(struct feed_publisher *publisher, CURLcode result, struct bo_problem *problem) {
  long status = 0;
  if (result != CURLE_OK)
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "nginx: %s", curl_easy_strerror(result));
  if (curl_easy_getinfo(publisher->post, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status / 100 != 2)
    return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "nginx answers a post with %ld; is nchan set up? (boxoffice/publish.conf)",
                          status);
  return true;
}

bool feed_publisher_go_on(struct feed_publisher *publisher, struct bo_problem *problem) {
  int running = 0, left = 0;
  if (!publisher->busy) return true;
  if (curl_multi_perform(publisher->multi, &running) == CURLM_OK && running > 0) return true;
  CURLMsg *message = curl_multi_info_read(publisher->multi, &left);
  CURLcode result = message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
  publisher->busy = false;
  (void)curl_multi_remove_handle(publisher->multi, publisher->post);
  return judge(publisher, result, problem);
}

void feed_publisher_wait(struct feed_publisher *publisher, const int fds[FEED_FDS_MAX], bool readable[FEED_FDS_MAX],
                         int timeout_ms) {
  struct curl_waitfd more[FEED_FDS_MAX];
  unsigned n = 0;
  for (size_t i = 0; i < FEED_FDS_MAX; i++)
    if (fds[i] >= 0) more[n++] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
  if (curl_multi_poll(publisher->multi, more, n, timeout_ms, NULL) != CURLM_OK) n = 0;
  for (size_t i = 0, at = 0; i < FEED_FDS_MAX; i++) {
    bool asked = fds[i] >= 0 && at < n;
    readable[i] = asked && more[at].revents != 0;
    at += asked;
  }
}
