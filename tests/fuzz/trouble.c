#include "tests/fuzz/fuzz.h"

static struct {
  enum fuzz_trouble planned;
  unsigned nth; /* planned: from 1 */
  enum fuzz_trouble what; /* of this run */
  unsigned left;          /* places up to the one where it happens; 0: it does not, or did */
  bool came;
} trouble;

void fuzz_plan(enum fuzz_trouble what, unsigned nth) {
  trouble.planned = what;
  trouble.nth = nth;
  trouble.came = false;
}

void fuzz_trouble_begin(unsigned nth) {
  trouble.what = nth != 0 ? FUZZ_NO_MEMORY : trouble.planned;
  trouble.left = nth != 0 ? nth : trouble.nth;
  trouble.came = false;
}

void fuzz_trouble_end(void) { trouble.left = 0; }

bool fuzz_trouble_now(enum fuzz_trouble what) {
  if (what != trouble.what || trouble.left == 0 || --trouble.left > 0)
    return false;
  trouble.came = true;
  return true;
}

bool fuzz_trouble_came(enum fuzz_trouble what) { return trouble.came && trouble.what == what; }
