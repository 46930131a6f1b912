#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "util/metrics.h"

enum { PROCESSES = 4, TIMES = 200000 };

static const char *const route_list[] = {"hold", "status"}, *const script_list[] = {"hold"};
static const struct bo_metrics_names routes = {route_list, 2}, scripts = {script_list, 1};
static char folder[] = "/tmp/bo-metrics-XXXXXX", path[64];

static void setup(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  (void)snprintf(path, sizeof(path), "%s/metrics", folder);
}

static void teardown(void) {
  (void)unlink(path);
  (void)rmdir(folder);
}

static void open_file(void) {
  struct bo_problem problem = {0};

  ck_assert_msg(bo_metrics_open(path, routes, scripts, &problem), "%s", problem.detail);
}

static void count(void) {
  for (int i = 0; i < TIMES; i++) {
    bo_metrics_add(BO_COUNTER_REFUSED_HELD, 1);
    bo_metrics_request(0, 200, BO_PROBLEM_NONE, 400);
    bo_metrics_redis(0, 3);
  }
}

static void must_show(const char *line) {
  struct bo_buf text;

  bo_buf_init(&text, 0);
  bo_metrics_render(&text);
  ck_assert(!text.failed);
  ck_assert_msg(strstr(text.data, line) != NULL, "%s\n%s", line, text.data);
  bo_buf_free(&text);
}

/* Each adds to the very same numbers as fast as it can. */
START_TEST(no_addition_of_several_processes_is_lost) {
  pid_t children[PROCESSES];
  int status;

  open_file();
  for (int i = 0; i < PROCESSES; i++) {
    children[i] = fork();
    ck_assert_int_ge(children[i], 0);
    if (children[i] == 0) {
      open_file();
      count();
      _exit(0);
    }
  }
  for (int i = 0; i < PROCESSES; i++)
    ck_assert(waitpid(children[i], &status, 0) == children[i] && status == 0);
  must_show("boxoffice_seats_refused_total{reason=\"held\"} 800000\n");
  must_show("boxoffice_requests_total{route=\"hold\",status=\"200\"} 800000\n");
  must_show("boxoffice_request_duration_seconds_bucket{route=\"hold\",le=\"0.0005\"} 800000\n");
  must_show("boxoffice_request_duration_seconds_sum{route=\"hold\"} 320.000000\n");
  must_show("boxoffice_redis_seconds_total{operation=\"hold\"} 2.400000\n");
}
END_TEST

START_TEST(what_was_counted_outlives_who_counted_it) {
  int status;
  pid_t child = fork();

  ck_assert_int_ge(child, 0);
  if (child == 0) {
    open_file();
    bo_metrics_add(BO_COUNTER_WORKER_STARTS, 3);
    _exit(0);
  }
  ck_assert(waitpid(child, &status, 0) == child && status == 0);
  open_file();
  bo_metrics_add(BO_COUNTER_WORKER_STARTS, 1);
  must_show("boxoffice_worker_starts_total 4\n");
}
END_TEST

START_TEST(who_counts_something_else_begins_a_file_of_their_own) {
  static const char *const others[] = {"hold", "status", "extend"};
  struct bo_problem problem = {0};
  struct stat before, after;

  open_file();
  bo_metrics_add(BO_COUNTER_WORKER_STARTS, 1);
  ck_assert_int_eq(stat(path, &before), 0);
  ck_assert(bo_metrics_open(path, (struct bo_metrics_names){others, 3}, scripts, &problem));
  must_show("boxoffice_worker_starts_total 0\n");
  ck_assert(stat(path, &after) == 0 && after.st_ino != before.st_ino && (after.st_mode & 0777) == 0600);
}
END_TEST

Suite *metrics_suite(void) {
  Suite *suite = suite_create("metrics");
  TCase *test_case = tcase_create("metrics");

  tcase_add_checked_fixture(test_case, setup, teardown);
  tcase_add_test(test_case, no_addition_of_several_processes_is_lost);
  tcase_add_test(test_case, what_was_counted_outlives_who_counted_it);
  tcase_add_test(test_case, who_counts_something_else_begins_a_file_of_their_own);
  suite_add_tcase(suite, test_case);
  return suite;
}
