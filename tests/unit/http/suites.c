#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {json_body_suite, problem_json_suite, query_suite, request_suite, response_suite,
                                   router_suite, trace_suite, NULL};
