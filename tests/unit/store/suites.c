#include "tests/unit/unit.h"

unit_suite shows_suite;

unit_suite *const unit_suites[] = {shows_suite, NULL};
