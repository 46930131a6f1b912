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
  LINE_MAX_BYTES = 8 * MESSAGE_MAX /* a message of nothing but escapes, and the other fields */
};

static enum bo_log_level threshold = BO_LOG_INFO;
static char request[129];
static struct bo_buf line = {.limit = LINE_MAX_BYTES}; /* one for all lines, kept */

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

void bo_log_set_request(const char *request_id) {
  (void)snprintf(request, sizeof(request), "%s", request_id == NULL ? "" : request_id);
}

static void begin_line(enum bo_log_level level) {
  static char pid[16]; /* a worker never forks */
  char now[BO_CLOCK_ISO8601_SIZE];

  if (pid[0] == '\0')
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
  bo_buf_reset(&line);
  bo_clock_iso8601(bo_clock_wall_ms(), now);
  bo_buf_append_text(&line, "<");
  bo_buf_append_number(&line, (uint64_t)level);
  bo_buf_append_text(&line, ">{\"ts\":\"");
  bo_buf_append_text(&line, now);
  bo_buf_append_text(&line, "\",\"level\":\"");
  bo_buf_append_text(&line, level_names[level]);
  bo_buf_append_text(&line, "\",\"pid\":");
  bo_buf_append_text(&line, pid);
  if (request[0] != '\0') {
    bo_buf_append_text(&line, ",\"request_id\":\"");
    bo_buf_append_json(&line, request, strlen(request));
    bo_buf_append_text(&line, "\"");
  }
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
  bo_buf_append_text(&line, ",\"msg\":\"");
  bo_buf_append_json(&line, message, strlen(message));
  bo_buf_append_text(&line, "\"");
  end_line();
  errno = kept_errno;
}

void bo_log_request(enum bo_log_level level, const char *route, int status, const char *code, int64_t total_us,
                    int64_t redis_us, int64_t mongo_us) {
  if (!bo_log_enabled(level))
    return;
  begin_line(level);
  bo_buf_append_text(&line, ",\"msg\":\"request\",\"route\":\"");
  bo_buf_append_json(&line, route, strlen(route));
  bo_buf_append_text(&line, "\",\"status\":");
  bo_buf_append_number(&line, (uint64_t)status);
  if (code != NULL) {
    bo_buf_append_text(&line, ",\"code\":\"");
    bo_buf_append_json(&line, code, strlen(code));
    bo_buf_append_text(&line, "\"");
  }
  append_ms(",\"duration_ms\":", total_us);
  append_ms(",\"redis_ms\":", redis_us);
  append_ms(",\"mongo_ms\":", mongo_us);
  end_line();
}
