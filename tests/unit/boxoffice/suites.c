#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {seats_suite, show_suite, user_suite, NULL};
