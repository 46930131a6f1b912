#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "util/bounds.h"
#include "util/bulkhead.h"
#include "util/clock.h"

enum { OTHERS = 3, LONG_MS = BO_MONGO_SLOW_MS + 400, AT_ONCE_MS = 200 };

static char folder[] = "/tmp/bo-bulkhead-XXXXXX", path[64], file[80];
static pid_t others[OTHERS];

static void rest(int64_t ms) { (void)usleep((useconds_t)ms * 1000); }

static void setup(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  (void)snprintf(path, sizeof(path), "%s/metrics", folder);
  (void)snprintf(file, sizeof(file), "%s.bulkhead", path);
}

static void open_file(void) {
  struct bo_problem problem = {0};

  ck_assert_msg(bo_bulkhead_open(path, &problem), "%s", problem.detail);
}

static void end(int i) {
  (void)kill(others[i], SIGKILL);
  ck_assert_int_eq(waitpid(others[i], NULL, 0), others[i]);
  others[i] = 0;
}

static void teardown(void) {
  for (int i = 0; i < OTHERS; i++)
    if (others[i])
      end(i);
  (void)unlink(file);
  (void)rmdir(folder);
}

/* Another worker, that waits from `after_ms` on for the rest of its life (-1: never), and is answered each `every_ms` (0: never). */
static void start(int i, int64_t after_ms, int64_t every_ms) {
  int ready[2];
  char byte;

  ck_assert_int_eq(pipe(ready), 0);
  others[i] = fork();
  ck_assert_int_ge(others[i], 0);
  if (others[i] == 0) {
    open_file();
    (void)!write(ready[1], "r", 1);
    if (after_ms >= 0) {
      rest(after_ms);
      bo_bulkhead_enter();
    }
    for (;;) {
      rest(every_ms ? every_ms : 1000);
      if (every_ms)
        bo_bulkhead_answered();
    }
  }
  ck_assert_int_eq(read(ready[0], &byte, 1), 1);
  (void)close(ready[0]);
  (void)close(ready[1]);
}

/* What this worker is told, and after how long. */
static bool admits(int64_t *ms) {
  struct bo_deadline deadline = bo_deadline_in(BO_REQUEST_STEPS_MS);
  int64_t begun_ms = bo_clock_steady_ms();
  bool admitted = bo_bulkhead_admits(&deadline);

  *ms = bo_clock_steady_ms() - begun_ms;
  return admitted;
}

START_TEST(who_is_alone_may_always_wait) {
  int64_t ms;

  ck_assert(admits(&ms)); /* not opened */
  open_file();
  bo_bulkhead_enter();
  rest(LONG_MS);
  ck_assert(admits(&ms) && ms < AT_ONCE_MS);
}
END_TEST

START_TEST(half_may_wait_and_no_more) {
  int64_t ms;

  open_file();
  start(0, 0, 0);
  start(1, 0, 0);
  start(2, -1, 0);
  rest(LONG_MS);
  ck_assert(!admits(&ms) && ms < AT_ONCE_MS);
  end(1); /* one that was killed waits no more */
  ck_assert(admits(&ms) && ms < AT_ONCE_MS);
}
END_TEST

START_TEST(a_crowd_that_is_answered_is_none) {
  int64_t ms;

  open_file();
  start(0, 0, 5);
  start(1, 0, 5);
  start(2, 0, 5);
  rest(20);
  ck_assert(admits(&ms) && ms < AT_ONCE_MS);
}
END_TEST

START_TEST(one_long_wait_is_no_reason) {
  int64_t ms;

  open_file();
  start(0, 0, 0);
  start(1, LONG_MS - 50, 5);
  start(2, LONG_MS - 50, 5);
  rest(LONG_MS);
  ck_assert(admits(&ms) && ms < AT_ONCE_MS);
}
END_TEST

START_TEST(a_sudden_crowd_waits_for_the_first_answer) {
  int64_t ms;

  open_file();
  start(0, 0, 60);
  start(1, 0, 0);
  rest(20);
  ck_assert(admits(&ms) && ms < BO_MONGO_SLOW_MS);
}
END_TEST

START_TEST(nobody_is_answered) {
  int64_t ms;
  struct bo_deadline soon;

  open_file();
  start(0, 0, 0);
  start(1, 0, 0);
  start(2, -1, 0);
  rest(20);
  soon = bo_deadline_in(30);
  ck_assert(!bo_bulkhead_admits(&soon));
  ck_assert(!admits(&ms) && ms <= BO_MONGO_SLOW_MS + 500);
}
END_TEST

START_TEST(who_is_done_waits_no_more) {
  int64_t ms;

  open_file();
  start(0, 0, 0);
  for (int i = 0; i < 2; i++)
    bo_bulkhead_enter();
  for (int i = 0; i < 2; i++)
    bo_bulkhead_leave();
  others[1] = fork();
  ck_assert_int_ge(others[1], 0);
  if (others[1] == 0) {
    open_file();
    rest(LONG_MS);
    _exit(admits(&ms) ? 1 : 0); /* of three, one has waited long, and is half */
  }
  int status;
  ck_assert_int_eq(waitpid(others[1], &status, 0), others[1]);
  others[1] = 0;
  ck_assert_int_eq(status, 256);
}
END_TEST

Suite *bulkhead_suite(void) {
  Suite *suite = suite_create("bulkhead");
  TCase *test_case = tcase_create("bulkhead");

  tcase_add_checked_fixture(test_case, setup, teardown);
  tcase_add_test(test_case, who_is_alone_may_always_wait);
  tcase_add_test(test_case, half_may_wait_and_no_more);
  tcase_add_test(test_case, a_crowd_that_is_answered_is_none);
  tcase_add_test(test_case, one_long_wait_is_no_reason);
  tcase_add_test(test_case, a_sudden_crowd_waits_for_the_first_answer);
  tcase_add_test(test_case, nobody_is_answered);
  tcase_add_test(test_case, who_is_done_waits_no_more);
  suite_add_tcase(suite, test_case);
  return suite;
}
