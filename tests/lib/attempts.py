"""Many attempts at something that must never succeed."""

import threading
from concurrent.futures import ThreadPoolExecutor

from .client import Client

AT_ONCE = 8


def attempt(site, calls, at_once=AT_ONCE):
    """Makes each call, a function of a Client, by several threads with a client of their own each; the answers in order."""
    mine = threading.local()

    def one(call):
        if not hasattr(mine, "client"):
            mine.client = Client(site)
        return call(mine.client)

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(one, calls))


def posts(path, bodies, **options):
    """Calls for attempt(): each body to the path."""
    return [lambda client, body=body: client.post(path, body, **options) for body in bodies]
