"""Many requests quickly, for what is prepared outside of the measured time: pipelined, and each answer is looked at."""

import re
import socket
import threading
from collections import Counter
from urllib.parse import urlsplit

CONNECTIONS = 8  # as many as workers
BATCH = 50
REQUESTS_MAX = 1000  # nginx closes a connection after so many (keepalive_requests)
TIMEOUT = 30


class Unexpected(Exception):
    """An answer had another status than expected."""


class _Connection:
    def __init__(self, address):
        self.address = address
        self.socket = None
        self.left = 0
        self.data = b""

    def exchange(self, batch):
        """The statuses of the answers to a batch of requests."""
        if self.left < len(batch):
            self.close()
            self.socket = socket.create_connection(self.address, timeout=TIMEOUT)
            self.left, self.data = REQUESTS_MAX, b""
        self.left -= len(batch)
        self.socket.sendall(b"".join(batch))
        return [self._answer() for _ in batch]

    def _answer(self):
        while (end := self.data.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self.data[:end]
        length = re.search(rb"^Content-Length: (\d+)\r?$", head, re.M)
        whole = end + 4 + (int(length.group(1)) if length else 0)
        while len(self.data) < whole:
            self._more()
        body, self.data = self.data[end + 4:whole], self.data[whole:]
        return int(head[9:12]), body

    def _more(self):
        part = self.socket.recv(1 << 18)
        if not part:
            raise Unexpected("nginx closed a connection in the middle")
        self.data += part

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


def send_all(base_url, requests, expected=(200,), connections=CONNECTIONS):
    """Sends whole requests, in their order but over several connections; returns how often each status came."""
    address = urlsplit(base_url)
    batches = iter([requests[i:i + BATCH] for i in range(0, len(requests), BATCH)])
    lock, seen, errors = threading.Lock(), Counter(), []

    def work():
        connection = _Connection((address.hostname, address.port))
        try:
            while not errors:
                with lock:
                    batch = next(batches, None)
                if batch is None:
                    break
                answers = connection.exchange(batch)
                with lock:
                    seen.update(status for status, _ in answers)
                for status, body in answers:
                    if status not in expected:
                        raise Unexpected(f"{status} {body[:300].decode(errors='replace')}")
        except (OSError, Unexpected) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return seen
