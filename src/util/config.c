#include "util/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/log.h"

enum { SECRET_MAX = 8192 };

static const char own_prefix[] = "BOXOFFICE_";

enum kind { KIND_TEXT, KIND_INT };

struct setting {
  const char *name;
  enum kind kind;
  size_t offset; /* of its field in struct bo_config */
  const char *fallback_text;
  bool secret;
  long fallback, min, max;
  const char *unit;
  const char *text;
};

static const struct setting settings[] = {
#define BO_CONFIG_TEXT(name, field, fallback, secret, text)                                                            \
  {name, KIND_TEXT, offsetof(struct bo_config, field), fallback, secret, 0, 0, 0, "", text},
#define BO_CONFIG_INT(name, field, fallback, min, max, unit, text)                                                     \
  {name, KIND_INT, offsetof(struct bo_config, field), "", false, fallback, min, max, unit, text},
#include "util/config.def"
#undef BO_CONFIG_TEXT
#undef BO_CONFIG_INT
};

enum { N_SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static char **text_field(struct bo_config *config, const struct setting *setting) {
  return (char **)(void *)((char *)config + setting->offset);
}

static long *int_field(struct bo_config *config, const struct setting *setting) {
  return (long *)(void *)((char *)config + setting->offset);
}

/* The value of `name``suffix`, or NULL where it is not there. */
static const char *find(char *const *environment, const char *name, const char *suffix) {
  size_t name_length = strlen(name), suffix_length = strlen(suffix);

  for (; *environment != NULL; environment++) {
    const char *entry = *environment;

    if (strncmp(entry, name, name_length) == 0 && strncmp(entry + name_length, suffix, suffix_length) == 0 &&
        entry[name_length + suffix_length] == '=')
      return entry + name_length + suffix_length + 1;
  }
  return NULL;
}

static bool is_setting(const char *name, size_t length) {
  for (size_t i = 0; i < N_SETTINGS; i++) {
    size_t own = strlen(settings[i].name);

    if (strncmp(settings[i].name, name, own < length ? own : length) != 0 || length < own)
      continue;
    if (length == own ||
        (settings[i].secret && length == own + strlen("_FILE") && memcmp(name + own, "_FILE", strlen("_FILE")) == 0))
      return true;
  }
  return false;
}

static bool refuse_unknown(char *const *environment, struct bo_problem *problem) {
  for (; *environment != NULL; environment++) {
    const char *equals = strchr(*environment, '=');
    size_t length = equals == NULL ? strlen(*environment) : (size_t)(equals - *environment);

    if (strncmp(*environment, own_prefix, strlen(own_prefix)) == 0 && !is_setting(*environment, length))
      return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                            "%.*s is not a setting (misspelt?); boxoffice-fcgi -h lists them all",
                            length > 64 ? 64 : (int)length, *environment);
  }
  return true;
}

/* The file's text without line ends at its end; owned by the caller. */
static char *read_secret(const char *name, const char *path, struct bo_problem *problem) {
  char *text = malloc(SECRET_MAX + 1), *secret = NULL;
  size_t length = 0;
  ssize_t got = -1;
  int fd = -1;

  if (text == NULL) {
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for %s_FILE", name);
    goto done;
  }
  fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  while (fd >= 0 && length < SECRET_MAX) {
    got = read(fd, text + length, SECRET_MAX - length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    length += (size_t)got;
  }
  if (fd < 0 || got < 0) {
    bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s_FILE: cannot read %.120s: %s", name, path, strerror(errno));
    goto done;
  }
  if (length == SECRET_MAX) {
    bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s_FILE: %.120s holds %d bytes or more", name, path, SECRET_MAX);
    goto done;
  }
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    length--;
  text[length] = '\0';
  if (length == 0 || strlen(text) != length || strpbrk(text, "\r\n") != NULL) {
    bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s_FILE: %.120s must hold the value on one line", name, path);
    goto done;
  }
  secret = strdup(text);
  if (secret == NULL)
    bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for %s_FILE", name);

done:
  if (fd >= 0)
    (void)close(fd);
  if (text != NULL)
    explicit_bzero(text, SECRET_MAX + 1);
  free(text);
  return secret;
}

/* A value that is empty ("NAME=" in an environment file) is as good as left out. */
static const char *find_value(char *const *environment, const char *name, const char *suffix) {
  const char *value = find(environment, name, suffix);

  return value == NULL || value[0] == '\0' ? NULL : value;
}

#ifndef __clang__
#pragma GCC diagnostic push
/* The analyzer takes the fields, which are found by their offsets, for one and the same, and its last value for lost. */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static bool read_text(const struct setting *setting, char *const *environment, char **out,
                      struct bo_problem *problem) {
  const char *value = find_value(environment, setting->name, "");
  const char *file = setting->secret ? find_value(environment, setting->name, "_FILE") : NULL;

  if (value != NULL && file != NULL)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s and %s_FILE are both set; keep one", setting->name,
                          setting->name);
  if (file != NULL) {
    *out = read_secret(setting->name, file, problem);
    return *out != NULL;
  }
  *out = strdup(value != NULL ? value : setting->fallback_text);
  if (*out == NULL)
    return bo_problem_set(problem, BO_PROBLEM_OUT_OF_MEMORY, "no memory for %s", setting->name);
  return true;
}

#ifndef __clang__
#pragma GCC diagnostic pop
#endif

static bool read_int(const struct setting *setting, char *const *environment, long *out, struct bo_problem *problem) {
  const char *value = find_value(environment, setting->name, "");
  char *end = NULL;

  *out = setting->fallback;
  if (value == NULL)
    return true;
  errno = 0;
  *out = strtol(value, &end, 10);
  /* strtol takes leading blanks and a plus; we do not. */
  if (errno != 0 || *end != '\0' || !(value[0] == '-' || (value[0] >= '0' && value[0] <= '9')) ||
      *out < setting->min || *out > setting->max)
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED, "%s is \"%.40s\"; it must be a whole number of %s, %ld to %ld",
                          setting->name, value, setting->unit, setting->min, setting->max);
  return true;
}

bool bo_config_read(struct bo_config *config, char *const *environment, struct bo_problem *problem) {
  enum bo_log_level level;

  memset(config, 0, sizeof(*config));
  if (!refuse_unknown(environment, problem))
    return false;
  for (size_t i = 0; i < N_SETTINGS; i++) {
    const struct setting *setting = &settings[i];

    if (setting->kind == KIND_TEXT ? !read_text(setting, environment, text_field(config, setting), problem)
                                   : !read_int(setting, environment, int_field(config, setting), problem))
      return false;
  }
  if (!bo_log_level_parse(config->log_level, &level))
    return bo_problem_set(problem, BO_PROBLEM_MISCONFIGURED,
                          "BOXOFFICE_LOG_LEVEL is \"%.40s\"; it must be error, warning, notice, info or debug",
                          config->log_level);
  return true;
}

void bo_config_free(struct bo_config *config) {
  for (size_t i = 0; i < N_SETTINGS; i++) {
    char **field;

    if (settings[i].kind != KIND_TEXT)
      continue;
    field = text_field(config, &settings[i]);
    if (*field != NULL && settings[i].secret)
      explicit_bzero(*field, strlen(*field));
    free(*field);
    *field = NULL;
  }
}

void bo_config_wipe_secrets(void) {
  for (size_t i = 0; i < N_SETTINGS; i++) {
    char *value = settings[i].secret ? getenv(settings[i].name) : NULL;

    if (value != NULL)
      explicit_bzero(value, strlen(value));
  }
}

void bo_config_help(FILE *out) {
  for (size_t i = 0; i < N_SETTINGS; i++) {
    const struct setting *setting = &settings[i];

    fprintf(out, "  %s%s\n      %s\n", setting->name, setting->secret ? " (or the file named by _FILE)" : "",
            setting->text);
    if (setting->kind == KIND_INT)
      fprintf(out, "      %ld to %ld %s; default %ld\n", setting->min, setting->max, setting->unit, setting->fallback);
    else
      fprintf(out, "      default: %s\n", setting->fallback_text[0] == '\0' ? "(empty)" : setting->fallback_text);
  }
}
