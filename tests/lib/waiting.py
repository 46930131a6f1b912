"""Waiting for a condition, never for a time."""

import time


def wait_until(condition, timeout, what="the condition", interval=0.05):
    """Asks until condition() is true and returns its value; fails, naming `what`, when the time is up."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not come true within {timeout} s; the last value was {value!r}")
        time.sleep(interval)


class Stopwatch:
    """`with Stopwatch() as watch:` ... then watch.seconds."""

    def __enter__(self):
        self._start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self._start
