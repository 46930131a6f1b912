"""A site's one worker, asked by FastCGI itself: whatever happens to a request happens to this process."""

from . import fcgi
from .waiting import wait_until


class OneWorker:
    between = 0  # of fcgi.call

    def __init__(self, site):
        self.site = site

    @property
    def pid(self):
        return wait_until(self.site.workers.pids, 10, "a worker")[0]

    def idle(self):
        """The pid, when it waits for a request."""
        wait_until(lambda: sleeps(self.pid), 20, "that the worker waits for a request")
        return self.pid

    def call(self, method, path, body=b"", timeout=12):
        """The answer, or None where the connection ended without one, or none comes in time."""
        try:
            return fcgi.call(self.site, method, path, body, timeout=timeout, between=self.between)
        except OSError:
            return None

    def must_call(self, method, path, body=b"", timeout=40):
        """The first answer that is not 503: a store is left alone for a second after it failed, and what a worker left
        behind may keep seats for a moment. In a list, since a RawAnswer may count as false."""
        def answered():
            answer = self.call(method, path, body)
            return [answer] if answer is not None and answer.status_code != 503 else []
        return wait_until(answered, timeout, f"an answer to {method} {path}")[0]


def sleeps(pid):
    """In epoll_pwait, and nowhere else: all of the last request is done."""
    try:
        with open(f"/proc/{pid}/wchan") as file:
            return "epoll" in file.read()
    except OSError:
        return False
