"""The load generator: Debian's wrk, which plays a list of requests (play.lua) for whole seconds.

Why wrk: it is well kept, its epoll loop sends 100,000 requests/s from one thread, so it leaves the two cores
to what is measured; and it corrects latencies for requests that a closed loop could not send while it waited.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .stats import Slice

PLAY = Path(__file__).with_name("play.lua")
CLIENTS = 32  # four a worker: enough that none waits for work


class LoadError(Exception):
    """The load could not be made as asked; no figure comes of it."""


@dataclass
class Traffic:
    """What wrk sends in one slice, and what must come back."""

    base_url: str
    requests: list  # whole requests, as bytes
    cycle: bool = True  # from the start again at the end; otherwise running out is an error
    clients: int = CLIENTS
    allowed: frozenset = None  # statuses counted one by one; others are errors. None: all below 400 are fine
    size: tuple = (0, float("inf"))  # least and largest mean bytes of an answer
    pause_ms: int = 0  # of each client, before each request
    pokes: list = field(default_factory=list)  # bytes written to `poke_fd` before each request
    poke_fd: int = -1


def get(path, **headers):
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode()


def post(path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def run(traffic, seconds):
    """One slice of `seconds` whole seconds."""
    with tempfile.TemporaryDirectory(prefix="bo-wrk-") as folder:
        command = ["wrk", "-t1", f"-c{traffic.clients}", f"-d{seconds}s", "--timeout", "5s", "-s", PLAY,
                   traffic.base_url, _list_file(folder, "requests", traffic.requests),
                   "cycle" if traffic.cycle else "once", "statuses" if traffic.allowed else "-",
                   str(traffic.pause_ms)]
        descriptors = []
        if traffic.pokes:
            command += [_list_file(folder, "pokes", traffic.pokes), str(traffic.poke_fd)]
            descriptors = [traffic.poke_fd]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60,
                              pass_fds=descriptors)
    if done.returncode or "\nbench " not in done.stdout:
        raise LoadError(f"wrk failed: {done.stdout}{done.stderr}")
    return _slice_of(done.stdout, traffic)


def _list_file(folder, name, parts):
    path = Path(folder) / name
    path.write_bytes(b"\0".join(parts))
    return path


def _slice_of(text, traffic):
    numbers, words = re.search(r"^bench ((?:\d+ ){3})(.*)$", text, re.M).groups()
    count, microseconds, size = map(int, numbers.split())
    result = Slice(count, microseconds / 1e6, size)
    for status, times in re.findall(r"^status (\d+) (\d+)$", text, re.M):
        result.statuses[int(status)] = int(times)
    for value, times in re.findall(r"^latency (\d+) (\d+)$", text, re.M):
        result.latency[int(value)] = int(times)
    result.errors.update({name: int(times) for name, times in re.findall(r"(\w+)=(\d+)", words) if int(times)})
    if traffic.allowed:
        result.errors.pop("status", None)
        for status, times in result.statuses.items():
            if status not in traffic.allowed:
                result.errors[f"status {status}"] = times
    if count and not traffic.size[0] <= size / count <= traffic.size[1]:
        result.errors[f"answers of {size / count:.0f} bytes"] = count
    return result
