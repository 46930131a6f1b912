"""Many browsers on one show: listeners.py PORT SHOW COUNT. Says "ready" when all streams stand, reads them until its standard
input ends, then prints when each of them heard of each version, as JSON: {version: [ns of the monotonic clock, ...]}."""

import json
import re
import select
import socket
import sys
import time

SOON = 20  # seconds for all to be let in
VERSION = re.compile(rb'"version":"(\d+)"')


def open_stream(port, show):
    stream = socket.create_connection(("127.0.0.1", port), SOON)
    stream.sendall(f"GET /events/{show} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
    return stream


def wait_for_hello(streams):
    for stream in streams:
        head = b""
        while b": hi\n" not in head:
            more = stream.recv(4096)
            if not more:
                sys.exit(f"not let in: {head[:200]!r}")
            head += more


def listen(streams):
    """{version: [when it was heard]}; what is heard in pieces is put together."""
    heard, unread = {}, {stream.fileno(): b"" for stream in streams}
    by_number = {stream.fileno(): stream for stream in streams}
    poll = select.epoll()
    poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == sys.stdin.fileno():
                return heard
            data = unread[number] + by_number[number].recv(65536)
            now = time.monotonic_ns()
            whole, _, unread[number] = data.rpartition(b"\n\n")
            for version in VERSION.findall(whole):
                heard.setdefault(int(version), []).append(now)
            if not data:
                sys.exit("a stream ended")


def main(port, show, count):
    streams = [open_stream(int(port), show) for _ in range(int(count))]
    wait_for_hello(streams)
    print("ready", flush=True)
    json.dump(listen(streams), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
