/* The log: one JSON object a line on stderr, behind journald's priority prefix ("<6>"). Every line written
 * while a request is in hand carries its id, and those of its trace. Clients' bytes are escaped. Never a token, a URI's password,
 * nor, at info and above, a userId. */
#ifndef BO_UTIL_LOG_H
#define BO_UTIL_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum bo_log_level { BO_LOG_ERROR = 3, BO_LOG_WARNING = 4, BO_LOG_NOTICE = 5, BO_LOG_INFO = 6, BO_LOG_DEBUG = 7 };

void bo_log_set_level(enum bo_log_level level);
bool bo_log_level_parse(const char *text, enum bo_log_level *out); /* "error" … "debug" */
bool bo_log_enabled(enum bo_log_level level);

/* The request in hand, until the next call; all are copied. "": it has no trace. request_id NULL: there is none in hand. */
void bo_log_set_request(const char *request_id, const char *trace_id, const char *parent_id);

void bo_log(enum bo_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* At error, from the handler of a signal that ends the process: touches nothing that may be half done. */
void bo_log_last_words(const char *message);

/* A request that was answered; times in microseconds. */
struct bo_log_answer {
  const char *route;
  int status;
  const char *code; /* NULL: it went well */
  int64_t total_us, redis_us, mongo_us;
  bool slow;                           /* tells where the time went; the rest of it is `other_ms` */
  int64_t load_us, render_us, send_us; /* the load of a board, which was spent in the stores; the answer */
};

/* The line that ends a request. */
void bo_log_request(enum bo_log_level level, const struct bo_log_answer *answer);

#endif
