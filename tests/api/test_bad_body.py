"""Bodies that are no order at all: a clear error, nothing changed, the same worker answers the next request."""

import json

import pytest

from lib.bad_orders import PATHS, booking, good_order, nothing_changes, records, show  # noqa: F401
from lib.problems import assert_problem

BODY_MAX = 65536


@pytest.fixture(params=[*PATHS, "/best-available"])
def path(request):
    return request.param


@pytest.fixture
def good(good_order):
    """A good order as text, with a place to put things before its end."""
    return json.dumps(good_order(["S1", "S2"]))[:-1] + "%s}"


# Each takes the good body as text and gives bytes.
NOT_JSON = {
    "empty": lambda good: b"",
    "spaces": lambda good: b"  \r\n ",
    "NUL": lambda good: b"\0",
    "word": lambda good: b"hello",
    "form": lambda good: b"showId=1&seatNumber=S1",
    "open": lambda good: b"{",
    "cut in a key": lambda good: b'{"showId',
    "cut after a key": lambda good: b'{"showId":',
    "cut before the end": lambda good: (good % "")[:-1].encode(),
    "trailing word": lambda good: (good % "").encode() + b"x",
    "trailing brace": lambda good: (good % "").encode() + b"}",
    "second object": lambda good: (good % "").encode() * 2,
    "trailing NUL": lambda good: (good % "").encode() + b"\0",
    "NUL and more": lambda good: (good % "").encode() + b"\0{}",
    "trailing comma": lambda good: (good % ",").encode(),
    "comment": lambda good: (good % "/* x */").encode(),
    "line comment": lambda good: (good % "// x\n").encode(),
    "single quotes": lambda good: (good % "").replace('"', "'").encode(),
    "single quoted key": lambda good: (good % ",'x':1").encode(),
    "bare key": lambda good: (good % ",x:1").encode(),
    "NaN": lambda good: (good % ',"x":NaN').encode(),
    "nan": lambda good: (good % ',"x":nan').encode(),
    "Infinity": lambda good: (good % ',"x":Infinity').encode(),
    "-Infinity": lambda good: (good % ',"x":-Infinity').encode(),
    "leading zero": lambda good: (good % ',"x":01').encode(),
    "plus": lambda good: (good % ',"x":+1').encode(),
    "dot": lambda good: (good % ',"x":1.').encode(),
    "hex": lambda good: (good % ',"x":0x10').encode(),
    "True": lambda good: (good % ',"x":True').encode(),
    "bad escape": lambda good: (good % ',"x":"\\q"').encode(),
    "short escape": lambda good: (good % ',"x":"\\u12"').encode(),
    "raw newline": lambda good: (good % ',"x":"a\nb"').encode(),
    "raw tab": lambda good: (good % ',"x":"a\tb"').encode(),
    "raw 0x01": lambda good: (good % ',"x":"a\1b"').encode(),
    "raw NUL": lambda good: (good % ',"x":"a\0b"').encode(),
    "raw control in a key": lambda good: (good % ',"a\nb":1').encode(),
    "form feed as space": lambda good: (good % ',\f"x":1').encode(),
    "lone high surrogate": lambda good: (good % ',"x":"\\ud800"').encode(),
    "lone low surrogate": lambda good: (good % ',"x":"\\udc00"').encode(),
    "high and no low": lambda good: (good % ',"x":"\\ud83dx"').encode(),
    "two high": lambda good: (good % ',"x":"\\ud83d\\ud83d"').encode(),
    "low then high": lambda good: (good % ',"x":"\\ude00\\ud83d"').encode(),
    "lone surrogate in a key": lambda good: (good % ',"\\ud800":1').encode(),
    "0xff": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xff"),
    "cut UTF-8": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xe2\x82"),
    "lone continuation": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\x80"),
    "overlong": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xc0\x80"),
    "overlong slash": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xe0\x80\xaf"),
    "surrogate in UTF-8": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xed\xa0\x80"),
    "past U+10FFFF": lambda good: (good % ',"x":"?"').encode().replace(b"?", b"\xf4\x90\x80\x80"),
    "invalid UTF-8 in a key": lambda good: (good % ',"?":1').encode().replace(b"?", b"\xff"),
    "UTF-16": lambda good: (good % "").encode("utf-16"),
    "same key twice": lambda good: (good % ',"userId":"x"').encode(),
    "same key, same value": lambda good: (good % ',"x":1,"x":1').encode(),
    "same key, escaped": lambda good: (good % ',"user\\u0049d":"x"').encode(),
    "nesting of 10,000": lambda good: (good % (',"x":' + "[" * 10000 + "]" * 10000)).encode(),
    "nesting of 10,000 objects": lambda good: b'{"x":' * 10000,
    "open nesting": lambda good: b"[" * BODY_MAX,
    "array": lambda good: b'["showId"]',
    "array of an order": lambda good: b"[" + (good % "").encode() + b"]",
    "string": lambda good: b'"S1"',
    "number": lambda good: b"1",
    "null": lambda good: b"null",
    "true": lambda good: b"true",
}


@pytest.mark.parametrize("rule", NOT_JSON)
def test_not_an_order(client, path, good, rule):
    assert_problem(client.post(path, NOT_JSON[rule](good)), 400, "malformed")


def test_cut_anywhere(client, path, good):
    body = (good % "").encode()
    for length in range(1, len(body), 5):
        assert_problem(client.post(path, body[:length]), 400, "malformed")


@pytest.mark.parametrize("content_type", [
    None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/jsonx", "application", "json", "xapplication/json", "text/plain, application/json",
    "text/plain; x=application/json",
])
def test_wrong_content_type(client, path, good, content_type):
    assert_problem(client.post(path, (good % "").encode(), content_type=content_type), 415, "not_json")


def test_larger_than_allowed(client, path, good):
    body = (good % "").encode()
    assert_problem(client.post(path, body.ljust(BODY_MAX + 1)), 413, "too_large")
    assert_problem(client.post(path, body.ljust(20 * BODY_MAX)), 413, "too_large")
