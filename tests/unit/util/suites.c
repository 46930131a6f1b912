#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {arena_suite, buf_suite, bulkhead_suite, clock_suite, config_suite, digest_suite, log_suite, metrics_suite, problem_suite, NULL};
