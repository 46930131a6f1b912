#include "worker.h"

#include "api/api.h"
#include "api/routes.h"
#include "http/fcgi_io.h"
#include "http/problem_json.h"
#include "util/arena.h"
#include "util/bounds.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/metrics.h"

/* How often the reason of one kind of fault is told. Each request has its line in any case. */
enum { SAY_FAULT_MS = 1000, SAY_MISCONFIGURED_MS = 60 * 1000 };

struct worker {
  const struct bo_config *config;
  struct bo_office *office;
  struct bo_fcgi *fcgi;
  struct bo_arena *arena;
  struct bo_json_reader *reader;
  int64_t said_ms[BO_PROBLEM_COUNT]; /* when the reason of a fault was last told; 0: never */
};

static void say_why(struct worker *worker, const struct bo_response *response) {
  int level = bo_problem_log_level(response->problem);
  int64_t now = bo_clock_steady_ms();
  int64_t pause = response->problem == BO_PROBLEM_MISCONFIGURED ? SAY_MISCONFIGURED_MS : SAY_FAULT_MS;
  int64_t *said = &worker->said_ms[response->problem];

  if (level > BO_LOG_WARNING || response->detail[0] == '\0' || (*said != 0 && now - *said < pause))
    return;
  *said = now;
  bo_log((enum bo_log_level)level, "%s: %s", bo_problem_code_text(response->problem), response->detail);
}

/* Of the route's name, which is the table's own; past its end where none matched. */
static size_t number_of(const char *route) {
  size_t number = 0;

  while (number < bo_routes.n_routes && bo_routes.routes[number].name != route)
    number++;
  return number;
}

static int64_t later(int64_t one, int64_t other) { return one > other ? one : other; }

/* Steady clock, us. */
struct moments {
  int64_t begun, ready, sent; /* the request was here; its answer was made; it was handed to nginx */
};

/* The answer was made from the moment on at which the last of the stores had spoken: so nothing but `ready` need be
 * measured for it. */
static struct bo_log_answer answer_of(struct worker *worker, const struct bo_response *response, const struct moments *at) {
  struct bo_office_waits waits = bo_office_take_waits(worker->office);
  int64_t known = later(at->begun, later(waits.redis.ended_us, waits.mongo.ended_us)), total = at->sent - at->begun;
  long slow_ms = worker->config->slow_ms;

  return (struct bo_log_answer){.route = response->route == NULL ? "none" : response->route,
                                .status = response->status,
                                .code = response->problem == BO_PROBLEM_NONE ? NULL : bo_problem_code_text(response->problem),
                                .total_us = total,
                                .redis_us = waits.redis.spent_us,
                                .mongo_us = waits.mongo.spent_us,
                                .slow = slow_ms != 0 && total >= (int64_t)slow_ms * 1000,
                                .load_us = waits.loads.spent_us,
                                .render_us = at->ready - known,
                                .send_us = at->sent - at->ready};
}

static void log_answer(struct worker *worker, const struct bo_response *response, const struct moments *at) {
  struct bo_log_answer answer = answer_of(worker, response, at);
  bool failed = response->problem != BO_PROBLEM_NONE;
  int level = failed ? bo_problem_log_level(response->problem) : BO_LOG_INFO;

  bo_metrics_request(number_of(response->route), response->status, response->problem, answer.total_us);
  if (failed)
    say_why(worker, response);
  /* A wrong deployment fails every request: why is told each minute, and the lines are but the record. */
  if (response->problem == BO_PROBLEM_MISCONFIGURED)
    level = BO_LOG_INFO;
  if (answer.slow && level > BO_LOG_NOTICE)
    level = BO_LOG_NOTICE;
  bo_log_request((enum bo_log_level)level, &answer);
}

/* What a request left to be done: its time is no request's. */
static void after_answer(struct worker *worker) {
  if (!bo_office_has_more_to_do(worker->office) || bo_fcgi_leaving())
    return;
  bo_fcgi_restart_alarm();
  bo_office_after_answer(worker->office, worker->arena);
  (void)bo_office_take_waits(worker->office);
}

/* False: asked to leave. */
static bool serve_one(struct worker *worker) {
  struct bo_request request;
  struct bo_response response = {0};
  struct bo_problem problem;
  enum bo_fcgi_event event;
  struct moments at;
  struct bo_api api = {.office = worker->office, .config = worker->config, .reader = worker->reader};

  bo_arena_reset(worker->arena);
  event = bo_fcgi_next(worker->fcgi, worker->arena, &request, &problem);
  if (event == BO_FCGI_LEAVE)
    return false;
  at.begun = bo_clock_steady_us();
  api.deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  if (event == BO_FCGI_BROKEN)
    bo_problem_respond(&problem, &request, &response);
  else
    bo_router_dispatch(&bo_routes, &api, &request, &response);
  at.ready = bo_clock_steady_us();
  if (!bo_fcgi_answer(worker->fcgi, &request, &response))
    bo_log(BO_LOG_DEBUG, "the client was gone before its answer"); /* what it asked for is done all the same */
  at.sent = bo_clock_steady_us();
  log_answer(worker, &response, &at);
  after_answer(worker);
  return true;
}

bool bo_worker_run(const struct bo_config *config, struct bo_office *office, struct bo_problem *problem) {
  struct worker worker = {.config = config, .office = office};
  bool begun = false;

  worker.fcgi = bo_fcgi_open(problem);
  if (worker.fcgi == NULL)
    goto done;
  worker.arena = bo_arena_new();
  worker.reader = bo_json_reader_new();
  if (worker.arena == NULL || worker.reader == NULL) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory to begin with");
    goto done;
  }
  begun = true;
  bo_metrics_add(BO_COUNTER_WORKER_STARTS, 1);
  bo_log(BO_LOG_NOTICE, "the worker is ready");
  for (long served = 0; config->max_requests == 0 || served < config->max_requests; served++)
    if (!serve_one(&worker))
      break;
  bo_log(BO_LOG_NOTICE, "the worker leaves");

done:
  bo_fcgi_free(worker.fcgi);
  bo_json_reader_free(worker.reader);
  bo_arena_free(worker.arena);
  return begun;
}
