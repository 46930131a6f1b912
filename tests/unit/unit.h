/* What the unit tests share. One program for each folder of src: it runs the suites that its files add. */
#ifndef BO_TESTS_UNIT_H
#define BO_TESTS_UNIT_H

#include <check.h>
#include <string.h>

typedef Suite *unit_suite(void);

/* What the program runs, ended by NULL: suites.c of its folder. */
extern unit_suite *const unit_suites[];

unit_suite arena_suite, buf_suite, bulkhead_suite, clock_suite, config_suite, digest_suite, log_suite, metrics_suite, problem_suite; /* util */
unit_suite json_body_suite, problem_json_suite, query_suite, request_suite, response_suite, router_suite, trace_suite; /* http */
unit_suite best_body_suite, seats_body_suite; /* api */
unit_suite best_suite, seats_suite, show_suite, token_suite, user_suite; /* boxoffice */
unit_suite redis_url_suite, shows_suite; /* store */
unit_suite json_scan_suite, time_text_suite; /* seed */
unit_suite feed_message_suite, feed_shows_suite; /* feed */

/* One test case of some tests. */
#define UNIT_CASE(suite, name, ...)                                                                                    \
  do {                                                                                                                 \
    const TTest *const tests_[] = {__VA_ARGS__};                                                                       \
    TCase *case_ = tcase_create(name);                                                                                 \
    for (size_t i_ = 0; i_ < sizeof(tests_) / sizeof(tests_[0]); i_++)                                                 \
      tcase_add_test(case_, tests_[i_]);                                                                               \
    suite_add_tcase(suite, case_);                                                                                     \
  } while (0)

#endif
