"""Every wait has a bound, and each leaves room for those inside it: stores < request < nginx < alarm < systemd."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOUNDS = {name: int(value) for name, value in
          re.findall(r"^#define BO_(\w+) (\d+)", (ROOT / "src/util/bounds.h").read_text(), re.M)}


def seconds(path, pattern):
    found = re.findall(pattern, (ROOT / path).read_text(), re.M)
    assert len(found) == 1, f"{path}: {pattern}: {found}"
    return int(found[0])


def fastcgi(name):
    return seconds("nginx/boxoffice/fastcgi.conf", rf"^fastcgi_{name}_timeout (\d+)s;")


def rungs():
    """(what, seconds), from the innermost outwards."""
    return [
        ("Redis connect", BOUNDS["REDIS_CONNECT_MS"] / 1000),
        ("Redis command", BOUNDS["REDIS_COMMAND_MS"] / 1000),
        ("MongoDB connect", BOUNDS["MONGO_CONNECT_MS"] / 1000),
        ("MongoDB maxTimeMS", BOUNDS["MONGO_MAX_TIME_MS"] / 1000),
        ("MongoDB socket", BOUNDS["MONGO_SOCKET_MS"] / 1000),
        ("last step of a request", BOUNDS["REQUEST_STEPS_MS"] / 1000),
        ("whole request", BOUNDS["REQUEST_TOTAL_MS"] / 1000),
        ("fastcgi_read_timeout", fastcgi("read")),
        ("alarm of a worker", BOUNDS["WORKER_ALARM_S"]),
        ("TimeoutStopSec", seconds("systemd/boxoffice.service", r"^TimeoutStopSec=(\d+)$")),
    ]


@pytest.mark.parametrize("lower, upper", zip(rungs(), rungs()[1:]), ids=lambda rung: rung[0])
def test_each_rung_is_above_the_one_before(lower, upper):
    assert lower[1] < upper[1]


def test_the_last_step_ends_within_the_whole_request():
    assert BOUNDS["REQUEST_STEPS_MS"] + BOUNDS["MONGO_SOCKET_MS"] <= BOUNDS["REQUEST_TOTAL_MS"]


def test_a_confirmation_has_longer_than_its_steps_take():
    assert BOUNDS["CONFIRM_DEADLINE_MS"] > BOUNDS["REQUEST_TOTAL_MS"]


def test_nginx_waits_less_for_a_connection_than_for_an_answer():
    assert fastcgi("connect") < fastcgi("send") < fastcgi("read")


def test_nginx_and_worker_agree_on_the_size_of_a_body():
    kib = seconds("nginx/boxoffice/server.conf", r"^client_max_body_size (\d+)k;")
    assert kib * 1024 == BOUNDS["BODY_MAX"]
