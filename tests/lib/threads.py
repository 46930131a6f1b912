"""Many clients at once."""

import threading
import time


def together(calls):
    """Runs each call in a thread of its own, all released at one moment; returns their values in order.

    A call that raises makes this raise: a client that got no answer is a failed test.
    """
    calls = list(calls)
    barrier = threading.Barrier(len(calls))
    values, errors = [None] * len(calls), []

    def run(number, call):
        try:
            barrier.wait(timeout=10)
            values[number] = call()
        except BaseException as error:  # handed to the test's own thread below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i, call), daemon=True) for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "a client still waits for its answer after 60 s"
    if errors:
        raise errors[0]
    return values


class Background:
    """Repeats step() in `count` threads until the block ends; then raises what any of them raised.

    step gets the thread's number; `turns` counts what was done.
    """

    def __init__(self, step, count=1):
        self._step = step
        self._over = threading.Event()
        self._errors = []
        self.turns = 0
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(count)]

    def _run(self, number):
        while not self._over.is_set() and not self._errors:
            try:
                self._step(number)
                self.turns += 1
            except BaseException as error:
                self._errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        if self._errors:  # the cause, where the block itself failed too
            raise self._errors[0]
        assert not any(thread.is_alive() for thread in self._threads), "a background client hangs"
