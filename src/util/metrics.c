#include "util/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "util/hash.h"
#include "util/shared_file.h"

/* What answers have; whatever else comes is counted as the last. */
static const int statuses[] = {200, 201, 204, 304, 400, 403, 404, 405, 409, 410, 413, 415, 422, 500, 503, 0};
enum { LOCK_TRIES = 100, LOCK_PAUSE_US = 10000 };
enum { N_STATUSES = sizeof statuses / sizeof *statuses };

/* Upper bounds of the histogram's buckets, in microseconds; one more is without bound. */
static const int64_t bounds_us[] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
enum { N_BUCKETS = sizeof bounds_us / sizeof *bounds_us + 1, N_ROUTES = BO_METRICS_NAMES_MAX + 1 /* and none */ };

typedef _Atomic uint64_t tally;

struct by_route {
  tally statuses[N_STATUSES], problems[BO_PROBLEM_COUNT], buckets[N_BUCKETS], us;
};

struct shared {
  struct bo_shared_head head;
  tally counters[BO_COUNTER_COUNT];
  struct by_route routes[N_ROUTES];
  tally redis_calls[BO_METRICS_NAMES_MAX], redis_us[BO_METRICS_NAMES_MAX];
};

static struct shared own, *shared = &own;
static struct bo_metrics_names route_names, redis_names;

static const struct row {
  const char *family, *type, *help; /* of a family's first row, which is no series itself */
  const char *labels;
  bool seconds;
  enum bo_counter counter;
} rows[] = {
#define BO_FAMILY(name, type, help) {name, type, help, NULL, false, BO_COUNTER_COUNT},
#define BO_COUNTER(NAME, labels) {NULL, NULL, NULL, labels, false, BO_COUNTER_##NAME},
#define BO_SECONDS(NAME, labels) {NULL, NULL, NULL, labels, true, BO_COUNTER_##NAME},
#include "util/metrics.def"
#undef BO_FAMILY
#undef BO_COUNTER
#undef BO_SECONDS
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* -- the file ------------------------------------------------------------------------------------------ */

/* With its NUL, so that each name ends. */
static uint64_t mix(uint64_t hash, const char *text) { return bo_hash(hash, text, strlen(text) + 1); }

/* Of all names: a version that counts something else must not add to this one's numbers. */
static uint64_t form(void) {
  uint64_t hash = mix(BO_HASH_START, PACKAGE_VERSION);
  for (size_t i = 0; i < N_ROWS; i++) hash = mix(hash, rows[i].family ? rows[i].family : rows[i].labels);
  for (size_t i = 0; i < route_names.count; i++) hash = mix(hash, route_names.list[i]);
  for (size_t i = 0; i < redis_names.count; i++) hash = mix(hash, redis_names.list[i]);
  return hash;
}

bool bo_metrics_open(const char *path, struct bo_metrics_names routes, struct bo_metrics_names redis_operations,
                     struct bo_problem *problem) {
  assert(routes.count <= BO_METRICS_NAMES_MAX && redis_operations.count <= BO_METRICS_NAMES_MAX);
  route_names = routes;
  redis_names = redis_operations;
  void *mapped = bo_shared_file_map(path, &own.head, sizeof own, form(), problem);
  if (mapped) shared = mapped;
  return mapped;
}

/* -- counting ------------------------------------------------------------------------------------------ */

static void add(tally *number, uint64_t by) { atomic_fetch_add_explicit(number, by, memory_order_relaxed); }
static uint64_t value(const tally *number) { return atomic_load_explicit(number, memory_order_relaxed); }
static uint64_t not_negative(int64_t us) { return us < 0 ? 0 : (uint64_t)us; }

void bo_metrics_add(enum bo_counter counter, uint64_t by) {
  assert(counter < BO_COUNTER_COUNT);
  add(&shared->counters[counter], by);
}

void bo_metrics_request(size_t route, int status, enum bo_problem_code code, int64_t us) {
  struct by_route *by = &shared->routes[route < route_names.count ? route : BO_METRICS_NAMES_MAX];
  size_t at = 0, bucket = 0;
  while (at < N_STATUSES - 1 && statuses[at] != status) at++;
  while (bucket < N_BUCKETS - 1 && us > bounds_us[bucket]) bucket++;
  assert(code < BO_PROBLEM_COUNT);
  add(&by->statuses[at], 1);
  add(&by->problems[code], 1);
  add(&by->buckets[bucket], 1);
  add(&by->us, not_negative(us));
}

void bo_metrics_redis(size_t operation, int64_t us) {
  assert(operation < BO_METRICS_NAMES_MAX);
  add(&shared->redis_calls[operation], 1);
  add(&shared->redis_us[operation], not_negative(us));
}

/* -- showing ------------------------------------------------------------------------------------------- */

static void begin_family(struct bo_buf *out, const char *name, const char *type, const char *help) {
  bo_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_seconds(struct bo_buf *out, uint64_t us) { bo_buf_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000); }

static void render_rows(struct bo_buf *out) {
  const char *family = "";
  for (size_t i = 0; i < N_ROWS; i++) {
    if (rows[i].family) {
      family = rows[i].family;
      begin_family(out, family, rows[i].type, rows[i].help);
      continue;
    }
    uint64_t number = value(&shared->counters[rows[i].counter]);
    bo_buf_append_text(out, family);
    if (rows[i].labels[0]) bo_buf_printf(out, "{%s}", rows[i].labels);
    bo_buf_append_text(out, " ");
    if (rows[i].seconds)
      put_seconds(out, number);
    else
      bo_buf_printf(out, "%" PRIu64 "\n", number);
  }
}

static const char *route_name(size_t route) { return route < route_names.count ? route_names.list[route] : "none"; }
static bool is_route(size_t route) { return route < route_names.count || route == BO_METRICS_NAMES_MAX; }

static void render_statuses(struct bo_buf *out) {
  begin_family(out, "boxoffice_requests_total", "counter", "Requests answered, by route and status");
  for (size_t route = 0; route < N_ROUTES; route++)
    for (size_t i = 0; is_route(route) && i < N_STATUSES; i++) {
      uint64_t number = value(&shared->routes[route].statuses[i]);
      if (number > 0)
        bo_buf_printf(out, "boxoffice_requests_total{route=\"%s\",status=\"%d\"} %" PRIu64 "\n", route_name(route), statuses[i], number);
    }
}

static void render_problems(struct bo_buf *out) {
  begin_family(out, "boxoffice_problems_total", "counter", "Requests that were refused or failed, by route and code");
  for (size_t route = 0; route < N_ROUTES; route++)
    for (size_t code = 0; is_route(route) && code < BO_PROBLEM_COUNT; code++) {
      uint64_t number = value(&shared->routes[route].problems[code]);
      if (number > 0 && code != BO_PROBLEM_NONE)
        bo_buf_printf(out, "boxoffice_problems_total{route=\"%s\",code=\"%s\"} %" PRIu64 "\n", route_name(route),
                      bo_problem_code_text((enum bo_problem_code)code), number);
    }
}

static void render_histogram(struct bo_buf *out, size_t route) {
  static const char name[] = "boxoffice_request_duration_seconds";
  const struct by_route *by = &shared->routes[route];
  uint64_t sum = 0;
  for (size_t i = 0; i < N_BUCKETS; i++) {
    sum += value(&by->buckets[i]);
    bo_buf_printf(out, "%s_bucket{route=\"%s\",le=\"", name, route_name(route));
    if (i < N_BUCKETS - 1)
      bo_buf_printf(out, "%g\"} %" PRIu64 "\n", (double)bounds_us[i] / 1e6, sum);
    else
      bo_buf_printf(out, "+Inf\"} %" PRIu64 "\n", sum);
  }
  bo_buf_printf(out, "%s_sum{route=\"%s\"} ", name, route_name(route));
  put_seconds(out, value(&by->us));
  bo_buf_printf(out, "%s_count{route=\"%s\"} %" PRIu64 "\n", name, route_name(route), sum);
}

static void render_redis(struct bo_buf *out) {
  begin_family(out, "boxoffice_redis_operations_total", "counter", "Scripts run in Redis");
  for (size_t i = 0; i < redis_names.count; i++)
    bo_buf_printf(out, "boxoffice_redis_operations_total{operation=\"%s\"} %" PRIu64 "\n", redis_names.list[i],
                  value(&shared->redis_calls[i]));
  begin_family(out, "boxoffice_redis_seconds_total", "counter", "Seconds that workers waited for Redis");
  for (size_t i = 0; i < redis_names.count; i++) {
    bo_buf_printf(out, "boxoffice_redis_seconds_total{operation=\"%s\"} ", redis_names.list[i]);
    put_seconds(out, value(&shared->redis_us[i]));
  }
}

void bo_metrics_render(struct bo_buf *out) {
  render_statuses(out);
  render_problems(out);
  begin_family(out, "boxoffice_request_duration_seconds", "histogram", "Time from a request's last byte to its answer");
  for (size_t route = 0; route < N_ROUTES; route++)
    if (is_route(route)) render_histogram(out, route);
  render_redis(out);
  render_rows(out);
  begin_family(out, "boxoffice_build_info", "gauge", "The version that answered");
  bo_buf_append_text(out, "boxoffice_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
}
