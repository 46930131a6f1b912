#include "tests/unit/unit.h"

unit_suite *const unit_suites[] = {feed_message_suite, feed_shows_suite, NULL};
