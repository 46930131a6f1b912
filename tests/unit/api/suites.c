#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {seats_body_suite, NULL};
