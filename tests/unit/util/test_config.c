#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "util/config.h"

static struct bo_config config;
static struct bo_problem problem;

static bool read_one(const char *entry) {
  char *environment[] = {(char *)"PATH=/bin", (char *)entry, NULL};

  memset(&problem, 0, sizeof(problem));
  return bo_config_read(&config, environment, &problem);
}

static void assert_refused(const char *entry, const char *word, const char *other_word) {
  ck_assert_msg(!read_one(entry), "%s was taken", entry);
  ck_assert_int_eq(problem.code, BO_PROBLEM_MISCONFIGURED);
  ck_assert_msg(strstr(problem.detail, word) != NULL && strstr(problem.detail, other_word) != NULL,
                "'%s' names neither %s nor %s", problem.detail, word, other_word);
  bo_config_free(&config);
}

START_TEST(defaults_are_those_of_the_table) {
  ck_assert(read_one("HOME=/"));
#define BO_CONFIG_TEXT(name, field, fallback, secret, text) ck_assert_str_eq(config.field, fallback);
#define BO_CONFIG_INT(name, field, fallback, min, max, unit, text) ck_assert_int_eq(config.field, fallback);
#include "util/config.def"
#undef BO_CONFIG_TEXT
#undef BO_CONFIG_INT
  bo_config_free(&config);
}
END_TEST

START_TEST(values_are_read_and_bounds_belong_to_them) {
  ck_assert(read_one("BOXOFFICE_HOLD_SECONDS=43200"));
  ck_assert_int_eq(config.hold_seconds, 43200);
  bo_config_free(&config);
  ck_assert(read_one("BOXOFFICE_BOARD_SECONDS=0"));
  ck_assert_int_eq(config.board_seconds, 0);
  bo_config_free(&config);
  ck_assert(read_one("MONGO_DB=movies"));
  ck_assert_str_eq(config.mongo_db, "movies");
  bo_config_free(&config);
  ck_assert(read_one("BOXOFFICE_LOG_LEVEL=")); /* as good as left out */
  ck_assert_str_eq(config.log_level, "info");
  bo_config_free(&config);
  ck_assert(read_one("BOXOFFICE_HOLD_SECONDS="));
  ck_assert_int_eq(config.hold_seconds, 600);
  bo_config_free(&config);
}
END_TEST

START_TEST(bad_numbers_are_refused_by_name_value_and_range) {
  static const char *const bad[] = {"0", "43201", "-1", "ten", "600s", " 600", "+600", "6e2", "99999999999999999999"};
  char entry[80];

  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    (void)snprintf(entry, sizeof(entry), "BOXOFFICE_HOLD_SECONDS=%s", bad[i]);
    assert_refused(entry, "BOXOFFICE_HOLD_SECONDS", "1 to 43200");
    ck_assert_ptr_nonnull(strstr(problem.detail, bad[i]));
  }
}
END_TEST

START_TEST(unknown_names_are_refused) {
  assert_refused("BOXOFFICE_HOLD_SECOND=5", "BOXOFFICE_HOLD_SECOND ", "not a setting");
  assert_refused("BOXOFFICE_HOLD_SECONDSX=5", "BOXOFFICE_HOLD_SECONDSX", "not a setting");
  assert_refused("BOXOFFICE_HOLD_SECONDS_FILE=/x", "BOXOFFICE_HOLD_SECONDS_FILE", "not a setting");
  assert_refused("BOXOFFICE_LOG_LEVEL=loud", "BOXOFFICE_LOG_LEVEL", "loud");
}
END_TEST

static void write_secret(char path[], const char *text) {
  int fd = mkstemp(path);

  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  ck_assert_int_eq(close(fd), 0);
}

START_TEST(secrets_come_from_files) {
  char path[] = "/tmp/boxoffice-unit-XXXXXX", entry[80];

  write_secret(path, "redis://:hunter2@db:6379/0\n");
  (void)snprintf(entry, sizeof(entry), "REDIS_URL_FILE=%s", path);
  ck_assert(read_one(entry));
  ck_assert_str_eq(config.redis_url, "redis://:hunter2@db:6379/0");
  bo_config_free(&config);
  ck_assert_int_eq(unlink(path), 0);
  assert_refused(entry, "REDIS_URL_FILE", path);
}
END_TEST

START_TEST(files_that_hold_no_secret_are_refused) {
  static const char *const bad[] = {"", "\n", "one\ntwo\n"};

  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    char path[] = "/tmp/boxoffice-unit-XXXXXX", entry[80];

    write_secret(path, bad[i]);
    (void)snprintf(entry, sizeof(entry), "MONGO_URI_FILE=%s", path);
    assert_refused(entry, "MONGO_URI_FILE", "one line");
    ck_assert_int_eq(unlink(path), 0);
  }
  assert_refused("MONGO_URI_FILE=/", "MONGO_URI_FILE", "directory");
  assert_refused("MONGO_URI_FILE=/dev/zero", "MONGO_URI_FILE", "8192");
}
END_TEST

START_TEST(a_secret_given_twice_is_refused) {
  char *environment[] = {(char *)"REDIS_URL=redis://:hunter2@h", (char *)"REDIS_URL_FILE=/x", NULL};

  ck_assert(!bo_config_read(&config, environment, &problem));
  ck_assert_ptr_nonnull(strstr(problem.detail, "REDIS_URL_FILE"));
  ck_assert_ptr_null(strstr(problem.detail, "hunter2"));
  bo_config_free(&config);
}
END_TEST

START_TEST(help_names_every_setting) {
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);

  ck_assert_ptr_nonnull(out);
  bo_config_help(out);
  ck_assert_int_eq(fclose(out), 0);
#define BO_CONFIG_TEXT(name, field, fallback, secret, text_) ck_assert_ptr_nonnull(strstr(text, name));
#define BO_CONFIG_INT(name, field, fallback, min, max, unit, text_) ck_assert_ptr_nonnull(strstr(text, name));
#include "util/config.def"
#undef BO_CONFIG_TEXT
#undef BO_CONFIG_INT
  free(text);
}
END_TEST

Suite *config_suite(void) {
  Suite *suite = suite_create("config");

  UNIT_CASE(suite, "config", defaults_are_those_of_the_table, values_are_read_and_bounds_belong_to_them,
            bad_numbers_are_refused_by_name_value_and_range, unknown_names_are_refused, secrets_come_from_files,
            files_that_hold_no_secret_are_refused, a_secret_given_twice_is_refused, help_names_every_setting);
  return suite;
}
