#include "boxoffice/office.h"

#include <stdlib.h>

#include "boxoffice/loader.h"
#include "boxoffice/state.h"
#include "util/log.h"

struct bo_office *bo_office_new(const struct bo_config *config, struct bo_problem *problem) {
  struct bo_office *office = calloc(1, sizeof *office);
  if (!office) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for the box office");
    return NULL;
  }
  office->config = config;
  bo_show_cache_init(&office->cache, (size_t)config->cache_bytes);
  office->redis = bo_redis_new(config->redis_url, problem);
  if (office->redis && config->node_holds) bo_redis_heed_node_holds(office->redis);
  if (office->redis) office->mongo = bo_mongo_new(config->mongo_uri, config->mongo_db, "boxoffice-fcgi", problem);
  if (!office->mongo) {
    bo_office_free(office);
    return NULL;
  }
  return office;
}

void bo_office_free(struct bo_office *office) {
  if (!office) return;
  bo_show_cache_free(&office->cache);
  bo_redis_free(office->redis);
  bo_mongo_free(office->mongo);
  free(office);
}

void bo_office_check(struct bo_office *office, const struct bo_deadline *deadline, struct bo_problem *redis,
                     struct bo_problem *mongo) {
  redis->code = mongo->code = BO_PROBLEM_NONE;
  if (!bo_redis_check(office->redis, deadline, redis)) redis->retry_after_s = 1;
  if (!bo_mongo_check(office->mongo, deadline, mongo)) mongo->retry_after_s = 1;
}

bool bo_office_has_more_to_do(const struct bo_office *office) { return office->refresh[0] != '\0'; }

void bo_office_after_answer(struct bo_office *office, struct bo_arena *arena) {
  if (!office->refresh[0]) return;
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  struct bo_board_visit visit = {.office = office, .show_id = office->refresh, .deadline = &deadline, .arena = arena, .ahead = true};
  struct bo_problem problem = {0};
  if (!bo_board_load(&visit, &problem))
    bo_log((enum bo_log_level)bo_problem_log_level(problem.code), "board of show %s not refreshed: %s", office->refresh,
           problem.detail);
  office->refresh[0] = '\0';
}

struct bo_office_waits bo_office_take_waits(struct bo_office *office) {
  return (struct bo_office_waits){.redis = bo_redis_take_waits(office->redis),
                                  .mongo = bo_mongo_take_waits(office->mongo),
                                  .loads = bo_waits_take(&office->loads)};
}
