"""A wire between the workers and one store that may be slow, stop for a while, or break after any byte."""

import socket
import struct
import threading
import time
from contextlib import contextmanager

REQUEST, REPLY = "request", "reply"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what was not sent is dropped, and the other side is told so


class Fault:
    """Once, after so many bytes of one direction from now on: kind "cut", "reset", or "stalled" for some seconds; before that,
    `first` is called."""

    def __init__(self, kind, side, after, seconds=0.0, first=lambda: None):
        self.kind, self.side, self.left, self.seconds, self.first = kind, side, after, seconds, first
        self.fired = False

    def before(self, data):
        """How many of these bytes go before the fault, or None where it comes later."""
        if self.fired or self.left > len(data):
            self.left -= len(data)
            return None
        self.fired = True
        return self.left


class Relay:
    """Between 127.0.0.1:port and `target`: the path of a Unix socket, or (host, port)."""

    def __init__(self, target):
        self.target = target
        self.fault = None
        self.slice, self.pause = 65536, 0.0  # bytes that go together, seconds before each of them; replies alone
        self.passed = {REQUEST: 0, REPLY: 0}
        self._lock = threading.Lock()
        self._sockets = set()

    def __enter__(self):
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        with self._lock:
            left = list(self._sockets)
        for one in left:
            self._end(one)

    @property
    def connections(self):
        with self._lock:
            return len(self._sockets) // 2

    @contextmanager
    def broken(self, kind, side, after, seconds=0.0, first=lambda: None):
        self.fault = Fault(kind, side, after, seconds, first)
        try:
            yield self.fault
        finally:
            self.fault = None

    @contextmanager
    def slow(self, size, pause=0.0):
        self.slice, self.pause = size, pause
        try:
            yield
        finally:
            self.slice, self.pause = 65536, 0.0

    def _accept(self):
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            try:
                far = socket.socket(socket.AF_INET if isinstance(self.target, tuple) else socket.AF_UNIX)
                far.connect(self.target)
            except OSError:
                far.close()
                near.close()
                continue
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {near, far}
            for pair in ((near, far, REQUEST), (far, near, REPLY)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source, sink, side):
        try:
            while data := source.recv(65536):
                size = self.slice if side == REPLY else len(data)
                for first in range(0, len(data), size):
                    if side == REPLY and self.pause:
                        time.sleep(self.pause)
                    if not self._pass(data[first:first + size], source, sink, side):
                        return
        except OSError:
            pass
        finally:
            self._end(source)
            self._end(sink)

    def _pass(self, data, source, sink, side):
        """False: the connection was broken."""
        with self._lock:
            self.passed[side] += len(data)
            fault = self.fault if self.fault and self.fault.side == side else None
            count = fault.before(data) if fault else None
        if count is None:
            sink.sendall(data)
            return True
        fault.first()
        sink.sendall(data[:count])
        if fault.kind == "stalled":
            time.sleep(fault.seconds)
            sink.sendall(data[count:])
            return True
        if fault.kind == "reset":
            near = sink if side == REPLY else source
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            near.shutdown(socket.SHUT_RD)  # wakes the other thread, whose recv would keep it open
            near.close()
        return False

    def _end(self, one):
        with self._lock:
            self._sockets.discard(one)
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        one.close()
