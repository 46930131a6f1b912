"""Right beside the errors stands good input."""

import json

import pytest

from lib.client import new_user, order

BODY_MAX = 65536


@pytest.mark.parametrize("rule", [
    "as it is", "as large as allowed", "trailing spaces", "charset", "capitals", "escapes", "pair", "chunked",
    "numbers", "nested",
])
def test_good_ones(client, show, rule):
    user = new_user()
    body, content_type = json.dumps(order(show, "S1", user)).encode(), "application/json"
    if rule == "as large as allowed":
        body = body.ljust(BODY_MAX)
    elif rule == "trailing spaces":
        body = b" \t\r\n" + body + b" \t\r\n"
    elif rule == "charset":
        content_type = "application/json; charset=utf-8"
    elif rule == "capitals":
        content_type = "Application/JSON"
    elif rule == "escapes":
        body = body.replace(b'"showId"', b'"show\\u0049d"').replace(b'"S1"', b'"\\u00531"')
    elif rule == "pair":
        user = "\U0001f600" + user
        body = json.dumps(order(show, "S1", user)).encode()
        assert b"\\ud83d\\ude00" in body
    elif rule == "numbers":
        body = body[:-1] + b',"x":[1,-0.5e+10,123456789012345678901234567890,1e999]}'
    elif rule == "nested":
        body = body[:-1] + b',"x":{"y":[[{"z":"{"}]]}}'
    if rule == "chunked":
        answer = client.request("POST", "/hold", data=iter([body[:10], body[10:]]),
                                headers={"Content-Type": content_type})
        assert answer.request.headers["Transfer-Encoding"] == "chunked"
    else:
        answer = client.post("/hold", body, content_type=content_type)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["userId"], answer.json()["seatNumbers"]) == (user, ["S1"])
