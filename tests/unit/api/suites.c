#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {best_body_suite, seats_body_suite, NULL};
