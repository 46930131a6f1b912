#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {redis_url_suite, shows_suite, NULL};
