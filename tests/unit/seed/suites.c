#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {json_scan_suite, time_text_suite, NULL};
