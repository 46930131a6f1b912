/* Environment variables -> configuration -> REDIS_URL and MONGO_URI. The input: "NAME=VALUE" entries, each ended by
 * NUL; what a *_FILE names is a file that holds the value. */
#include <sys/mman.h>
#include <unistd.h>

#include "store/mongo.h"
#include "store/redis_url.h"
#include "tests/fuzz/fuzz.h"
#include "util/bounds.h"
#include "util/config.h"

enum { ENTRIES_MAX = 24 };

/* "NAME_FILE=TEXT" becomes "NAME_FILE=<a file that holds TEXT>". */
static char *as_file(char *entry, int *fd) {
  char *equals = strchr(entry, '='), *named;

  if (equals == NULL || equals - entry < 5 || memcmp(equals - 5, "_FILE", 5) != 0)
    return entry;
  *fd = memfd_create("secret", MFD_CLOEXEC);
  FUZZ_REQUIRE(*fd >= 0 && write(*fd, equals + 1, strlen(equals + 1)) >= 0);
  FUZZ_REQUIRE(asprintf(&named, "%.*s=/proc/self/fd/%d", (int)(equals - entry), entry, *fd) > 0);
  free(entry);
  return named;
}

static void require_numbers(const struct bo_config *config) {
#define BO_CONFIG_TEXT(name, field, fallback, secret, text) fuzz_read(config->field);
#define BO_CONFIG_INT(name, field, fallback, min, max, unit, text) FUZZ_REQUIRE(config->field >= (min) && config->field <= (max));
#include "util/config.def"
#undef BO_CONFIG_TEXT
#undef BO_CONFIG_INT
}

static void try_redis(const char *url) {
  struct bo_redis_url parts;
  struct bo_problem problem = {0};

  if (bo_redis_url_parse(url, &parts, &problem)) {
    FUZZ_REQUIRE((parts.host[0] == '\0') != (parts.path[0] == '\0'));
    FUZZ_REQUIRE(parts.port >= 1 && parts.port <= 65535 && parts.db >= 0);
    FUZZ_REQUIRE(parts.path[0] == '\0' || parts.path[0] == '/');
  } else {
    FUZZ_REQUIRE(problem.code == BO_PROBLEM_MISCONFIGURED);
  }
}

static void try_mongo(const struct bo_config *config) {
  struct bo_problem problem = {0}, wrong = {0};
  struct bo_mongo *mongo = bo_mongo_new(config->mongo_uri, config->mongo_db, "fuzz", &problem);
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);

  if (mongo == NULL) {
    FUZZ_REQUIRE(problem.code == BO_PROBLEM_MISCONFIGURED);
    return;
  }
  fuzz_mongo_begin((struct fuzz_input){(const uint8_t *)"n", 1}, false); /* no primary: it goes and looks why */
  FUZZ_REQUIRE(!bo_mongo_check(mongo, &deadline, &wrong) && wrong.detail[0] != '\0');
  bo_mongo_free(mongo);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_input input = {data, size};
  char *environment[ENTRIES_MAX + 1] = {NULL};
  int fds[ENTRIES_MAX];
  size_t n = 0;
  struct bo_config config;
  struct bo_problem problem = {0};

  for (; input.left > 0 && n < ENTRIES_MAX; n++) {
    fds[n] = -1;
    environment[n] = as_file(fuzz_text(&input), &fds[n]);
  }
  if (bo_config_read(&config, environment, &problem)) {
    require_numbers(&config);
    try_redis(config.redis_url);
    try_mongo(&config);
  } else {
    FUZZ_REQUIRE(problem.code == BO_PROBLEM_MISCONFIGURED && problem.detail[0] != '\0');
  }
  bo_config_free(&config);
  while (n-- > 0) {
    if (fds[n] >= 0)
      (void)close(fds[n]);
    free(environment[n]);
  }
  return 0;
}
