#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/clock.h"

enum {
  MESSAGE_MAX = 1024,
  LINE_MAX_BYTES = 8 * MESSAGE_MAX, /* a message of nothing but escapes, and the other fields */
  LAST_WORDS_MAX = 2 * MESSAGE_MAX  /* more than the request's names and a message of ours */
};

static enum bo_log_level threshold = BO_LOG_INFO;
static struct bo_buf line = {.limit = LINE_MAX_BYTES}; /* one for all lines, kept */
static struct bo_buf in_hand = {.limit = MESSAGE_MAX};   /* the fields that name the request; empty for none */
static char pid[16];                                     /* a worker never forks */

static const char *level_names[] = {[BO_LOG_ERROR] = "error",
                                    [BO_LOG_WARNING] = "warning",
                                    [BO_LOG_NOTICE] = "notice",
                                    [BO_LOG_INFO] = "info",
                                    [BO_LOG_DEBUG] = "debug"};

void bo_log_set_level(enum bo_log_level level) { threshold = level; }

bool bo_log_level_parse(const char *text, enum bo_log_level *out) {
  for (int level = BO_LOG_ERROR; level <= BO_LOG_DEBUG; level++)
    if (strcmp(text, level_names[level]) == 0) {
      *out = (enum bo_log_level)level;
      return true;
    }
  return false;
}

bool bo_log_enabled(enum bo_log_level level) { return level <= threshold; }

static void append_field(struct bo_buf *to, const char *name, const char *value) {
  bo_buf_append_text(to, name);
  bo_buf_append_json(to, value, strlen(value));
  bo_buf_append_text(to, "\"");
}

void bo_log_set_request(const char *request_id, const char *trace_id, const char *parent_id) {
  bo_buf_reset(&in_hand);
  if (request_id == NULL)
    return;
  append_field(&in_hand, ",\"request_id\":\"", request_id);
  if (trace_id[0] != '\0') {
    append_field(&in_hand, ",\"trace_id\":\"", trace_id);
    append_field(&in_hand, ",\"parent_id\":\"", parent_id);
  }
  if (in_hand.failed) /* better no name than half of one */
    bo_buf_reset(&in_hand);
}

static const char *own_pid(void) {
  if (pid[0] == '\0')
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
  return pid;
}

static void begin_line(enum bo_log_level level) {
  char now[BO_CLOCK_ISO8601_SIZE];

  bo_buf_reset(&line);
  bo_clock_iso8601(bo_clock_wall_ms(), now);
  bo_buf_append_text(&line, "<");
  bo_buf_append_number(&line, (uint64_t)level);
  bo_buf_append_text(&line, ">{\"ts\":\"");
  bo_buf_append_text(&line, now);
  bo_buf_append_text(&line, "\",\"level\":\"");
  bo_buf_append_text(&line, level_names[level]);
  bo_buf_append_text(&line, "\",\"pid\":");
  bo_buf_append_text(&line, own_pid());
  bo_buf_append(&line, in_hand.data, in_hand.length);
}

/* Microseconds (not below 0) as milliseconds with three decimals; without printf, which costs more than the rest. */
static void append_ms(const char *name, int64_t us) {
  uint64_t whole = us < 0 ? 0 : (uint64_t)us;
  unsigned part = (unsigned)(whole % 1000);
  char decimals[] = {'.', (char)('0' + part / 100), (char)('0' + part / 10 % 10), (char)('0' + part % 10)};

  bo_buf_append_text(&line, name);
  bo_buf_append_number(&line, whole / 1000);
  bo_buf_append(&line, decimals, sizeof(decimals));
}

/* One write for a line, so that lines of several workers do not mix. Where it fails there is nobody to tell. */
static void end_line(void) {
  ssize_t written;

  bo_buf_append_text(&line, "}\n");
  if (line.failed)
    return;
  do
    written = write(STDERR_FILENO, line.data, line.length);
  while (written < 0 && errno == EINTR);
}

void bo_log(enum bo_log_level level, const char *format, ...) {
  static char message[MESSAGE_MAX];
  int kept_errno = errno;
  va_list args;

  if (!bo_log_enabled(level))
    return;
  va_start(args, format);
  if (vsnprintf(message, sizeof(message), format, args) < 0)
    message[0] = '\0';
  va_end(args);
  begin_line(level);
  append_field(&line, ",\"msg\":\"", message);
  end_line();
  errno = kept_errno;
}

static size_t put(char *to, size_t at, const char *bytes, size_t length) {
  if (length > LAST_WORDS_MAX - at)
    length = LAST_WORDS_MAX - at;
  if (length > 0)
    memcpy(to + at, bytes, length);
  return at + length;
}

/* No date: the C library's calendar may be in the middle of something, and journald has the time. */
void bo_log_last_words(const char *message) {
  static const char begin[] = "<3>{\"level\":\"error\",\"pid\":", middle[] = ",\"msg\":\"", end[] = "\"}\n";
  char words[LAST_WORDS_MAX];
  size_t length = put(words, 0, begin, sizeof(begin) - 1);
  ssize_t ignored;

  length = put(words, length, own_pid(), strlen(own_pid()));
  length = put(words, length, in_hand.data, in_hand.length);
  length = put(words, length, middle, sizeof(middle) - 1);
  length = put(words, length, message, strlen(message));
  length = put(words, length, end, sizeof(end) - 1);
  ignored = write(STDERR_FILENO, words, length);
  (void)ignored;
}

static void append_parts(const struct bo_log_answer *answer) {
  bo_buf_append_text(&line, ",\"slow\":true");
  append_ms(",\"render_ms\":", answer->render_us);
  append_ms(",\"send_ms\":", answer->send_us);
  append_ms(",\"other_ms\":", answer->total_us - answer->redis_us - answer->mongo_us - answer->render_us - answer->send_us);
  append_ms(",\"load_ms\":", answer->load_us);
}

void bo_log_request(enum bo_log_level level, const struct bo_log_answer *answer) {
  if (!bo_log_enabled(level))
    return;
  begin_line(level);
  append_field(&line, ",\"msg\":\"request\",\"route\":\"", answer->route);
  bo_buf_append_text(&line, ",\"status\":");
  bo_buf_append_number(&line, (uint64_t)answer->status);
  if (answer->code != NULL)
    append_field(&line, ",\"code\":\"", answer->code);
  append_ms(",\"duration_ms\":", answer->total_us);
  append_ms(",\"redis_ms\":", answer->redis_us);
  append_ms(",\"mongo_ms\":", answer->mongo_us);
  if (answer->slow)
    append_parts(answer);
  end_line();
}
