#include "tests/unit/unit.h"

unit_suite json_scan_suite, time_text_suite;

unit_suite *const unit_suites[] = {json_scan_suite, time_text_suite, NULL};
