#include "store/redis_url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/percent.h"

static bool wrong(struct bo_problem *problem, const char *what) {
  return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                        "REDIS_URL: %s; use redis://[user:password@]host[:port][/db] or unix://[user:password@]/path[?db=N]", what);
}

/* Percent-decodes [from, to) into out; false where it does not fit or decodes to NUL. */
static bool decode(const char *from, const char *to, char *out, size_t size) {
  size_t length = 0;
  while (from < to) {
    char c;
    if (!bo_percent_next(&from, to, &c) || c == '\0' || length + 1 >= size) return false;
    out[length++] = c;
  }
  out[length] = '\0';
  return true;
}

static bool parse_number(const char *from, const char *to, long max, int *out) {
  if (from == to || to - from > 5) return false;
  long value = 0;
  for (; from < to; from++) {
    if (*from < '0' || *from > '9') return false;
    value = value * 10 + (*from - '0');
  }
  if (value > max) return false;
  *out = (int)value;
  return true;
}

static bool parse_login(const char **rest, const char *end, struct bo_redis_url *out) {
  const char *at = memchr(*rest, '@', (size_t)(end - *rest));
  if (!at) return true;
  const char *colon = memchr(*rest, ':', (size_t)(at - *rest));
  if (!colon) return false;
  if (!decode(*rest, colon, out->user, sizeof out->user)) return false;
  if (!decode(colon + 1, at, out->password, sizeof out->password)) return false;
  *rest = at + 1;
  return true;
}

static bool parse_tcp(const char *rest, struct bo_redis_url *out, struct bo_problem *problem) {
  const char *end = rest + strcspn(rest, "/?");
  if (!parse_login(&rest, end, out)) return wrong(problem, "bad user or password");
  const char *host_end;
  if (*rest == '[') { /* an IPv6 literal */
    rest++;
    host_end = memchr(rest, ']', (size_t)(end - rest));
    if (!host_end) return wrong(problem, "bad host");
  } else {
    host_end = rest + strcspn(rest, ":/?");
  }
  if (host_end == rest || !decode(rest, host_end, out->host, sizeof out->host)) return wrong(problem, "bad host");
  const char *after = *host_end == ']' ? host_end + 1 : host_end;
  if (*after == ':') {
    if (!parse_number(after + 1, end, 65535, &out->port) || out->port == 0) return wrong(problem, "bad port");
  } else if (after != end) {
    return wrong(problem, "bad host");
  }
  if (*end == '/' && end[1] != '\0') {
    const char *db = end + 1;
    if (!parse_number(db, db + strlen(db), 9999, &out->db)) return wrong(problem, "bad database number");
  } else if (*end == '?') {
    return wrong(problem, "no parameters are known for redis://");
  }
  return true;
}

static bool parse_unix(const char *rest, struct bo_redis_url *out, struct bo_problem *problem) {
  const char *end = rest + strcspn(rest, "?");
  if (*rest != '/' && !parse_login(&rest, end, out)) return wrong(problem, "bad user or password");
  if (*rest != '/' || !decode(rest, end, out->path, sizeof out->path))
    return wrong(problem, "the socket's path must be absolute and shorter than 108 bytes");
  if (*end == '?') {
    if (strncmp(end, "?db=", 4) != 0 || !parse_number(end + 4, end + strlen(end), 9999, &out->db))
      return wrong(problem, "bad database number");
  }
  return true;
}

bool bo_redis_url_parse(const char *text, struct bo_redis_url *out, struct bo_problem *problem) {
  memset(out, 0, sizeof *out);
  out->port = 6379;
  if (strncasecmp(text, "redis://", 8) == 0) return parse_tcp(text + 8, out, problem);
  if (strncasecmp(text, "unix://", 7) == 0) return parse_unix(text + 7, out, problem);
  if (strncasecmp(text, "rediss://", 9) == 0) return wrong(problem, "TLS is not spoken here; put stunnel in between");
  return wrong(problem, "unknown scheme");
}
