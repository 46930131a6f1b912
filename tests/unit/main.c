#include <stdlib.h>

#include "tests/unit/unit.h"

int main(void) {
  SRunner *runner = srunner_create(NULL);
  int failed;

  for (unit_suite *const *suite = unit_suites; *suite != NULL; suite++)
    srunner_add_suite(runner, (*suite)());
  srunner_run_all(runner, CK_NORMAL);
  failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
