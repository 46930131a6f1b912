"""Waiting for a condition with a bound, and finding free ports."""

import collections
import errno
import random
import socket
import time


def came_true(condition, seconds, interval=0.02):
    """Asks until condition() is true or the time is up, and returns its last value: the caller looks at it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(interval)


def port_problem(port):
    """Why a server could not listen there, or None."""
    with socket.socket() as probe:
        # As the servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"port {port} takes root: choose one above 1023"
        except OSError as error:
            return f"port {port} of 127.0.0.1 is taken by another program: end that one, or choose another port" \
                if error.errno == errno.EADDRINUSE else f"port {port}: {error.strerror}"
    return None


RESERVED = collections.deque(maxlen=200)  # the last ports that this process was given: sockets that keep their names


def reserve(port):
    """Keeps other processes of free_port() away until this one ends: the server binds the port later, and may be down for a
    while. False: another has it. (A name of the kernel's alone, that no file stands for and that ends with its socket.)"""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0boxoffice-port-{port}")
    except OSError:
        name.close()
        return False
    if len(RESERVED) == RESERVED.maxlen:
        RESERVED.popleft().close()
    RESERVED.append(name)
    return True


def free_port(besides=None):
    """A free port below the range of outgoing connections: one of those could take it while its server restarts."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 30000)
        if port != besides and not port_problem(port) and reserve(port):
            return port
    raise OSError("no free port between 20000 and 30000 on 127.0.0.1")


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
