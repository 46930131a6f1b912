#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {best_suite, seats_suite, show_suite, token_suite, user_suite, NULL};
