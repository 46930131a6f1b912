"""The one form of every error: RFC 9457, and what this project promises beyond it."""

import re


def parse_retry_after(answer):
    value = answer.headers.get("Retry-After", "")
    assert re.fullmatch(r"[1-9][0-9]*", value), f"Retry-After must be whole seconds, is {value!r}"
    assert int(value) <= 60
    return int(value)


def assert_problem(answer, status, code):
    """Checks the whole form of an error and returns its JSON. status and code: one value each, or a set."""
    statuses = {status} if isinstance(status, int) else set(status)
    codes = {code} if isinstance(code, str) else code and set(code)
    got = f"{answer.status_code} {dict(answer.headers)} {answer.text[:500]}"
    assert answer.status_code in statuses, f"expected {statuses} {codes}: {got}"
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json", got
    problem = answer.json()
    assert codes is None or problem["code"] in codes, f"expected {codes}: {got}"
    assert problem["type"] == f"urn:boxoffice:problem:{problem['code']}", got
    assert problem["status"] == answer.status_code, got
    for name in ("title", "detail", "message"):
        assert isinstance(problem[name], str) and problem[name].strip(), f"{name}: {got}"
    assert problem["requestId"] and problem["requestId"] == answer.headers["X-Request-ID"], got
    if answer.status_code in (429, 503) or problem["code"] == "confirming":
        parse_retry_after(answer)
    if answer.status_code == 405:
        assert answer.headers.get("Allow"), got
    return problem


def seats_of(problem):
    """{seatNumber: reason} of a problem that names seats; each seat once."""
    seats = problem["seats"]
    named = {seat["seatNumber"]: seat["reason"] for seat in seats}
    assert len(named) == len(seats), f"a seat is named twice: {seats}"
    return named
