"""One seed for whatever tests leave to chance: BOXOFFICE_TEST_SEED, or another one each time.

`random` begins with it before each test, anew and in another way for each (tests/conftest.py); what a failure printed makes the
same choices again. Threads still race for them. Names that must be nobody else's (new_user) are not chosen by it."""

import os
import random
import re

SEED = int(os.environ.get("BOXOFFICE_TEST_SEED") or random.SystemRandom().randrange(1 << 31))


def begin(item):
    """Before anything of a test is made."""
    random.seed(f"{SEED}/{item.nodeid}")


def again(item):
    """The command that makes the same choices again. Of names that -k cannot take, all cases of the test."""
    name = item.name if re.fullmatch(r"[\w:+.\[\]/\\-]+", item.name) else item.originalname
    return f"BOXOFFICE_TEST_SEED={SEED} ./dev test {item.nodeid.split('/')[0]} -m '' -k '{name}'"
