"""What SECURITY.md says nobody can do, tried some hundred times each. Each attempt is refused, and nothing changes."""

import itertools
import json
import os
import random
import struct

import pytest

from lib import fcgi
from lib.attempts import attempt, posts
from lib.client import ORDERS, new_user, order, to_json
from lib.logs import parse
from lib.problems import assert_problem
from lib.rawhttp import exchange, message
from lib.shows import held_keys, keys_of, unchanged, worker_settings
from lib.waiting import wait_until


def statuses(answers):
    return {answer.status_code for answer in answers}


@pytest.fixture
def victim(client, show):
    """Holds S1 and S2 and has bought S3: (userId, the hold, bookingId)."""
    user = new_user("victim")
    return user, client.must_hold(show, ["S1", "S2"], user), client.must_buy(show, "S3", user)


def near(user):
    """Names that a careless comparison takes for `user`."""
    cut = [user[:i] for i in range(1, len(user))] + [user[i:] for i in range(1, len(user))]
    dressed = [before + user + after for before, after in itertools.product(
        ("", " ", ":", "'", '"', "\u200b", "\ufeff", "./"), ("", " ", ":", ":0", "*", "?", "%00", "\u200d", "\u0301", ",", ";"))]
    cased = [user.upper(), user.title(), user.swapcase(), user.replace("i", "\u0456"), user.replace("v", "\u03bd")]
    odd = ["*", "?", "[^x]*", f"{user}|x", "$ne", "null", "true", "0", "undefined", "[object Object]", "{}", "__proto__",
           f'{{"$eq":"{user}"}}', f"{user}' || '1'=='1", "admin", "root", "default"]
    return [name for name in dict.fromkeys(cut + dressed + cased + odd) if name != user]


@pytest.mark.parametrize("path", ORDERS)
def test_acting_for_another_by_a_name_that_is_near(site, client, records, show, victim, path):
    names = near(victim[0])
    assert len(names) > 120
    with unchanged(site, client, records, show):
        answers = attempt(site, posts(path, [order(show, ["S1", "S2"], name) for name in names]))
        assert statuses(answers) <= {403, 409}, "held by another, to each of them"


def test_acting_for_another_by_what_is_no_name(site, client, records, show, victim):
    values = [None, True, 1, -1, 0.5, {}, [], [victim[0]], {"$ne": ""}, {"$gt": ""}, {"$regex": ".*"}, {"$eq": victim[0]},
              {"userId": victim[0]}, {"$where": "1"}, [[]], {"$in": [victim[0]]}]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            answers = attempt(site, posts(path, [order(show, "S1", value) for value in values]))
            assert statuses(answers) == {400}


def test_a_hold_s_id_opens_nothing(site, client, records, show, victim):
    """holdId, bookingId, expiresAt and whatever else an answer tells: none is a key to what it names."""
    user, held, booking = victim
    mallory = new_user("mallory")
    extras = [{"holdId": held["holdId"]}, {"hold": held}, {"bookingId": booking}, {"owner": user}, {"user": user},
              {"username": user}, {"user_id": user}, {"UserId": user}, {"REMOTE_USER": user}, {"remoteUser": user},
              {"requestId": held["holdId"]}, {"expiresAt": held["expiresAt"]}, {"seats": held["seats"]}, {"force": True},
              {"admin": True}, {"alreadyBooked": True}]
    bodies = [{**order(show, ["S1", "S2"], mallory), **one, **other} for one, other in itertools.combinations(extras, 2)]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            answers = attempt(site, posts(path, bodies))
            assert len(answers) >= 100 and statuses(answers) <= {403, 409}


def test_a_stale_hold_is_worth_nothing(site, client, records, show):
    """Given back and held by another since: all that its first owner was told of it."""
    first, second = new_user("first"), new_user("second")
    old = client.must_hold(show, ["S1", "S2"], first)
    client.must_release(show, ["S1", "S2"], first)
    client.must_hold(show, ["S1", "S2"], second)
    with unchanged(site, client, records, show):
        for path in ORDERS:
            answers = attempt(site, posts(path, [{**order(show, seats, first), **old, "seatNumber": seats, "seatNumbers": seats}
                                                 for seats in (["S1"], ["S2"], ["S1", "S2"], ["S2", "S1"])] * 25))
            assert statuses(answers) <= {403, 409}


def test_guessed_tokens(site, client, records, show):
    """Of a hold whose user is known: near ones, cut ones, ids and the digest out of Redis, and some at random."""
    with worker_settings(site, BOXOFFICE_REQUIRE_HOLD_TOKEN=1):
        user = new_user()
        held = client.must_hold(show, ["S1", "S2"], user)
        token, value = held["holdToken"], site.redis.client().get(f"hold:{{{show}}}:S1").decode()
        digest = value.split(":")[3]
        assert token not in value and len(digest) > 20
        guesses = [token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1:] for at in range(len(token))]
        guesses += [token[:length] for length in range(22, len(token))] + [token + tail for tail in ("0", "_", "-" * 9, token)]
        guesses += [token.upper(), token[::-1], digest, digest.upper(), held["holdId"], value.split(":")[0], "0" * 32, "f" * 32]
        guesses += [random.randbytes(16).hex() for _ in range(100)]
        guesses = [guess for guess in guesses if guess != token]
        with unchanged(site, client, records, show):
            for path in ORDERS:
                for answer in attempt(site, posts(path, [{**order(show, ["S1", "S2"], user), "holdToken": guess} for guess in guesses])):
                    assert_problem(answer, {409, 422}, {"hold_token", "invalid_hold_token"})
        client.must_confirm(show, ["S1", "S2"], user, token=token)


def test_guessed_bookings(site, client, records, show, victim):
    """Of no user but its own: neighbours of a real id, ids at random, the real one."""
    user, _, booking = victim
    number = int(booking, 16)
    ids = [booking, booking.upper()] + [f"{(number + step) % (1 << 96):024x}" for step in range(-50, 51) if step]
    ids += [random.randbytes(12).hex() for _ in range(50)] + ["0" * 24, "f" * 24]
    mallory = new_user("mallory")
    with unchanged(site, client, records, show):
        calls = posts("/cancel", [{"bookingId": one, "userId": mallory} for one in ids])
        calls += [lambda client, one=one: client.get(f"/bookings/{one}", params={"userId": mallory}) for one in ids]
        calls += posts("/cancel", [{"bookingId": one, "userId": user} for one in ids[2:]])
        answers = attempt(site, calls)
        assert len(answers) > 400 and statuses(answers) == {404}


def forging_users(victim):
    """userIds that would end a field early, were the fields of a hold's value taken apart carelessly."""
    now = 4102444800000  # 2100
    pieces = [":", "::", f":{now}", f":{now}:", f"{now}:", "0:", ":0:", f"ab12:{now}:", f"{'0' * 32}:{now}:", "}:", "{", "|", ","]
    return [name for before, after in itertools.product(pieces, ["", *pieces])
            for name in (before + victim + after, before + after + victim)]


def test_forging_a_field_of_a_hold_through_the_user_id(site, client, records):
    """The forger holds a seat under such a name; the victim does not own it, nor the forger the victim's."""
    show, victim = records.show(seats=400), new_user("v")
    names = list(dict.fromkeys(forging_users(victim)))
    seats = [f"S{i + 2}" for i in range(len(names))]
    assert len(names) > 250
    client.must_hold(show, "S1", victim)
    held = attempt(site, posts("/hold", [order(show, seat, name) for seat, name in zip(seats, names)]))
    assert statuses(held) == {200}
    assert [answer.json()["userId"] for answer in held] == names
    with unchanged(site, client, records, show):
        answers = attempt(site, posts("/confirm", [order(show, seat, victim) for seat in seats]))
        answers += attempt(site, posts("/confirm", [order(show, "S1", name) for name in names]))
        for answer in answers:
            assert_problem(answer, 403, "held_by_another")
    again = attempt(site, posts("/hold", [order(show, seat, name) for seat, name in zip(seats, names)]))
    assert [one.json()["expiresAt"] for one in again] == [one.json()["expiresAt"] for one in held], "nor is the end forged"


BAD_IN_A_LABEL = [chr(code) for code in range(0x100) if not (chr(code).isascii() and (chr(code).isalnum() or chr(code) in " ._-"))]


def test_forging_an_entry_through_the_name_of_a_seat(site, client, records, show):
    """`confirming` separates by commas and colons, keys by braces: no seat has a name with one of them, nor any like it."""
    user = new_user()
    names = [name for char in BAD_IN_A_LABEL for name in (f"S1{char}S2", f"{char}S1", f"S1{char}")]
    names += ["S1,S2", "S1:S2", "}:S1", "S1\r\nDEL x", "*", "S*", "S[1]", "../S1", "S1\u0000", "\uff331", "S\u0661", "S1" * 17]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            for answer in attempt(site, posts(path, [order(show, ["S2", name], user) for name in names])):
                assert_problem(answer, 422, "unknown_seat")


def test_key_injection_through_the_id_of_a_show(site, client, records, show):
    """An id is hex, whole and nothing else: it cannot leave the braces that it stands in, nor name another key."""
    bad = [f"{show[:at]}{char}{show[at + 1:]}" for at in (0, 11, 23) for char in "{}:*?[]\\$\"' \n\r\t\0gG\u00e9\u0430-+._/%&;,|"]
    bad += [show + tail for tail in ("}", "}:S1", "0", " ", "\0", "\n", "*", ":x")] + [head + show for head in ("{", " ", "0", "\n", "+")]
    bad += ["", "*", "?" * 24, "{" * 24, show[:23], "../" * 8, "0x" + show[:22], "-" + show[1:], "$" + show[1:], "0" * 25]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            for answer in attempt(site, posts(path, [order(one, "S1", new_user()) for one in bad])):
                assert_problem(answer, 400, "malformed")
    redis = site.redis.client()
    kinds = {b"hold", b"taken", b"confirming", b"user", b"board", b"show", b"ask"}
    assert {key.split(b":")[0] for key in redis.scan_iter(count=1000)} <= kinds
    assert not [key for key in redis.scan_iter(match="*:*", count=1000)
                if not key.split(b":", 1)[1].startswith(b"{") or len(key.split(b":", 1)[1].split(b"}")[0]) != 25]


def escaped(name):
    return "".join(f"\\u{ord(char):04x}" for char in name)


def test_a_key_twice(site, client, records, show, victim):
    """Whichever of the two a parser takes, another program may take the other: so neither is taken."""
    mallory = new_user("mallory")
    fields = {"showId": [f'"{show}"', '"' + "0" * 24 + '"'], "userId": [f'"{mallory}"', f'"{victim[0]}"'], "seatNumber": ['"S1"', '["S2"]']}
    bodies = []
    for name, values in fields.items():
        others = [f'"{other}":{found[0]}' for other, found in fields.items() if other != name]
        for (one, two), (a, b), where in itertools.product(
                itertools.product(values, values), itertools.product((name, escaped(name), name[:-1] + escaped(name[-1])), repeat=2), range(3)):
            pairs = [f'"{a}":{one}', *others]
            pairs.insert(where + 1, f'"{b}":{two}')
            bodies.append(("{" + ",".join(pairs) + "}").encode())
    assert len(bodies) > 300
    with unchanged(site, client, records, show):
        for answer in attempt(site, posts("/confirm", bodies) + posts("/hold", bodies)):
            assert_problem(answer, 400, "malformed")


def test_nul_in_a_user_id(site, client, records, show, victim):
    """C ends a string there: `victim\\0x` must not become the victim, in any spelling of JSON."""
    user = victim[0]
    spelled = [(user[:at] + "\0" + tail + user[at:]) for at in range(len(user) + 1) for tail in ("", "x", "\0")]
    bodies = [order(show, "S1", name) for name in spelled]
    raw = [to_json(order(show, "S1", user)).replace(user.encode(), user.encode() + nul + b"x") for nul in (b"\0", b"\\u0000", b"\\0", b"\xc0\x80", b"%00\0")]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            answers = attempt(site, posts(path, bodies + raw))
            assert statuses(answers) <= {400, 422}


def test_giant_bodies(site, client, records, show):
    """Refused before they are read whole: some of each size, at once, and no worker grows or goes."""
    good = to_json(order(show, "S1", new_user()))
    bodies = [good.ljust(size) for size in (65537, 70000, 200_000, 1 << 20)] * 25
    bodies += [b'{"seatNumber":[' + b'"S1",' * 20000 + b'"S2"]}', b'{"x":"' + b"a" * 70000 + b'"}']
    with unchanged(site, client, records, show):
        answers = attempt(site, posts("/hold", bodies))
        for answer in answers:
            assert_problem(answer, 413, "too_large")
        longest = [b'{"seatNumber":[' + b'"S1",' * 13000 + b'"S2"]}', b'{"userId":"' + b"a" * 65000 + b'"}',
                   b"{" + b",".join(b'"k%d":1' % i for i in range(6000)) + b"}"]
        assert statuses(attempt(site, posts("/hold", longest * 30))) <= {400, 422}


def test_deep_json(site, client, records, show):
    good = to_json(order(show, "S1", new_user()))
    bodies = []
    for depth in (9, 10, 20, 50, 100, 1000, 5000):
        for left, right in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = left * depth + b"1" + right * depth
            bodies += [deep, good[:-1] + b',"x":' + deep + b"}", b'{"seatNumber":' + deep + b"}", left * depth]
    with unchanged(site, client, records, show):
        answers = attempt(site, posts("/hold", [body for body in bodies if len(body) <= 65536] * 4))
        assert len(answers) > 200 and statuses(answers) == {400}


TRICKS = ["/health/ready", "//health/ready", "/./health/ready", "/x/../health/ready", "/api/bookings/../../health/ready",
          "/api/bookings/..%2f..%2fhealth/ready", "/%68ealth/ready", "/health%2fready", "/health//ready", "/health/ready/", "/health/ready;x",
          "/health/ready?x", "/health/ready%00", "/health/ready%20", "/HEALTH/READY", "/status/../health/ready", "/health/./live",
          "/api/bookings/health/ready", "/hold/../health/live", "/_boxoffice/problem/200", "/_boxoffice/problem/../../health/live",
          "/_boxoffice/login", "/metrics", "//metrics", "/api/bookings/metrics", "/%6detrics", "/metrics/", "/health/../metrics", "http://localhost/health/ready", "/health/ready#x", "/;/health/ready", "/.%2e/health/ready"]


@pytest.mark.parametrize("path", TRICKS)
def test_paths_that_lead_to_health_and_metrics(site, path):
    """From another address of this machine, which counts as another machine: only 127.0.0.1 is told."""
    answer = exchange(site, message("GET", path), source="127.7.0.1")
    assert answer.status_code in (400, 403, 404), answer.text
    assert b"componentType" not in answer.content and b'"pass"' not in answer.content and b"boxoffice_" not in answer.content


def test_paths_around_the_prefix(site, client, records, show):
    """An order arrives by its path, or below /api/bookings, or not at all: no spelling leads to an order unseen by nginx."""
    body = to_json(order(show, "S1", new_user()))
    heads = ["", "/api", "/api/booking", "/api/bookingsx", "/api/bookings/api/bookings", "/API/BOOKINGS", "/x", "/api/bookings/x",
             "/status", "/api%252fbookings", "/api/bookings%5c", "/..;/api/bookings", "/api/bookings;x"]
    tails = ["/hold/", "/hold/x", "/Hold", "/hold.json", "/hold%20", "/hold%00", "/hold;x", "/hold%2f", "/hold\\", "/holdx", "/%68old/..", "/hold%0a"]
    paths = [head + tail for head in heads for tail in tails] + [head + "/hold" for head in heads[1:]]
    assert len(paths) > 150
    with unchanged(site, client, records, show):
        found = [exchange(site, message("POST", path, body)).status_code for path in paths]
        assert set(found) <= {400, 404, 405}, [path for path, status in zip(paths, found) if status < 400]


def record(kind, content, request=1):
    return struct.pack("!BBHHBx", 1, kind, request, len(content), 0) + content


def smuggled(show, user, request):
    """A whole FastCGI request, as bytes for another request's body to carry."""
    body = to_json(order(show, "S7", user))
    params = fcgi.params_of("POST", "/hold", len(body), REMOTE_USER=user)
    pairs = b"".join(fcgi.pair(name.encode(), str(value).encode()) for name, value in params.items())
    return (record(fcgi.BEGIN, struct.pack("!HB5x", fcgi.RESPONDER, 0), request) + record(fcgi.PARAMS, pairs, request)
            + record(fcgi.PARAMS, b"", request) + record(fcgi.STDIN, body, request) + record(fcgi.STDIN, b"", request))


def test_smuggling_a_request_to_the_workers_socket(site, client, records, show):
    """Bodies, addresses and headers that hold FastCGI records, at many places: nginx's framing keeps them what they are."""
    user = new_user("smuggler")
    good = to_json(order(show, "S99", new_user()))
    with unchanged(site, client, records, show):
        bodies = [lead + smuggled(show, user, request) for request in (0, 1, 2, 256)
                  for lead in (b"", good, b"{", b'"', b" " * 8, b" " * 65, b"\0" * 8, good + b"\0" * 7, *(b" " * n for n in range(1, 40)))]
        answers = attempt(site, posts("/hold", bodies))
        assert len(answers) > 180 and statuses(answers) == {400}
        header = smuggled(show, user, 1).decode("latin-1").replace("\0", "\x01").replace("\n", " ").replace("\r", " ")
        for name in ("X_Smuggled", "Content_Type", "X_Request_ID", "If_None_Match", "Cookie"):
            answer = exchange(site, message("POST", "/hold", good, **{name: header}))
            assert answer is None or answer.status_code >= 400
    assert "S7" not in held_keys(site, show) and site.log("workers").count(user) == 0


def test_smuggling_a_second_order_behind_a_first(site, client, records, show):
    """CL.TE, TE.CL, two lengths, odd chunks: nginx and worker agree where a body ends, so nothing is left over to be an order."""
    order_inside = message("POST", "/hold", to_json(order(show, "S7", new_user("smuggler"))))
    lengths = [("Content-Length", "0"), ("Content-Length", "+5"), ("Content-Length", "5, 6"), ("Content-Length ", "5"), ("Content-Length", "0x5"),
               ("Content_Length", "0"), ("Content-Length", "5\t"), ("Content-Length", " ")]
    codings = ["chunked", "Chunked", "identity", "chunked, identity", "gzip, chunked", "xchunked", " chunked", "chunked;x", "chunked\x0b", "\x0bchunked"]
    chunks = [b"0\r\n\r\n", b"5\r\n{}   \r\n0\r\n\r\n", b"0;x\r\n\r\n", b"-1\r\n", b"5 \r\nx", b"fffffffffffffffff\r\n", b"0\n\n"]
    with unchanged(site, client, records, show):
        found = set()
        for (name, value), coding, chunk in itertools.product(lengths, codings, chunks):
            head = f"POST /confirm HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{name}: {value}\r\nTransfer-Encoding: {coding}\r\n"
            answer = exchange(site, head.encode() + b"Connection: close\r\n\r\n" + chunk + order_inside, shut=True)
            found.add(answer.status_code if answer else None)
    assert found <= {None, 400, 415, 501}, found
    assert not keys_of(site, show, "hold")


def test_nobody_learns_who_holds_or_bought(site, client, records, show, victim):
    """Answers to others name seats and reasons, never a person."""
    user, held, booking = victim
    mallory, other = new_user("mallory"), new_user("other")
    seats = ["S1", "S2", "S3", ["S1", "S3"], ["S4", "S1"], ["S2", "S5", "S3"]]
    calls = [call for path in ORDERS for call in posts(path, [order(show, seat, name) for seat in seats for name in (mallory, other)])]
    calls += [lambda client, path=path: client.get(path, headers={"X-User": user}) for path in (
        f"/status/{show}", f"/summary/{show}", f"/bookings/{booking}", f"/bookings/{booking}?userId={mallory}", f"/bookings/{held['holdId'][:24]}?userId=x")]
    answers = attempt(site, calls * 4)
    assert len(answers) > 200
    for answer in answers:
        told = answer.text + str(answer.headers)
        assert user not in told and held["holdId"] not in told and booking not in told


def test_no_line_of_a_log_is_forged(site, client, show):
    """Whatever is sent, each line of nginx's log and of the workers' is one JSON object, and none is the client's."""
    forged = 'x","status":200,"user":"mallory"}\n{"time":"2026-01-01T00:00:00Z","requestId":"forged-by-a-client"'
    odd = [forged, forged.replace("\n", "\r\n"), "\u2028" + forged, "\x1b[2J", "\x85", "\0", "%s%n", "\\", '"', "</script>", "\u202e"]
    calls = [call for one in odd for call in posts("/hold", [order(show, one, "u"), order(show, "S1", one), order(one, "S1", "u")])] * 8
    calls += [lambda client, one=one: client.get("/status/" + one.encode().hex(), headers={"User-Agent": one.encode("unicode_escape"), "X-Request-ID": "log-0123456789"})
              for one in odd] * 4
    attempt(site, calls)
    exchange(site, message("GET", "/" + forged.replace(" ", "").replace("\n", "%0a"), User_Agent=forged.replace("\n", " ")))
    last = client.get("/nothing", headers={"X-Request-ID": "last-of-the-log-" + os.urandom(4).hex()}).headers["X-Request-ID"]
    lines = wait_until(lambda: last in (text := (site.nginx.dir / "access.log").read_text()) and text.splitlines(), 5, "the log")
    for line in lines:
        assert json.loads(line)["requestId"] != "forged-by-a-client"
    for line in site.log("workers").splitlines():
        assert parse(line).get("request_id") != "forged-by-a-client"


def test_no_other_site_is_let_in(site, client, show):
    """A page of another origin cannot order through its visitor's browser: JSON needs a permission that is never given."""
    body = to_json(order(show, "S1", new_user()))
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    calls = [lambda client, path=path: client.request("OPTIONS", path, headers=origin) for path in ORDERS]
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json",
                         "application/jsonx", "text/json", "", "application/json-patch+json"):
        calls += [lambda client, path=path, kind=content_type: client.post(path, body, content_type=kind, headers=origin) for path in ORDERS]
    answers = attempt(site, calls * 4)
    for answer in answers:
        assert answer.status_code in (204, 415)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert client.seat_map(show)["S1"] == "available"


def test_ids_of_shows_that_are_not_there_fill_nothing(site):
    """Each leaves a board of a minute's life at most, whatever is asked of it."""
    ids = [random.randbytes(12).hex() for _ in range(12)]
    answers = attempt(site, [call for one in ids for call in [
        lambda client, one=one: client.status(one), *posts("/hold", [order(one, "S1", "x")]), *posts("/confirm", [order(one, "S1", "x")])]])
    assert statuses(answers) == {404}
    redis = site.redis.client()
    for one in ids:
        for key in redis.scan_iter(match=f"*{one}*", count=1000):
            assert 0 <= redis.pttl(key) <= 60000, key


def test_requests_that_name_too_much(site, client, records):
    show = records.show(seats=400)
    every = [f"S{i}" for i in range(1, 401)]
    lists = [random.sample(every, count) for count in (11, 12, 20, 50, 100, 400) for _ in range(20)]
    lists += [[seat] * 2 for seat in every[:60]] + [every[:10] + [every[at]] for at in range(10)]
    with unchanged(site, client, records, show):
        for path in ORDERS:
            answers = attempt(site, posts(path, [order(show, seats, new_user()) for seats in lists]))
            assert statuses(answers) == {422}
        for quantity in (0, 11, 100, 1 << 31, 1 << 63, -1, 1.5, "1", None):
            body = {"showId": show, "quantity": quantity, "userId": "x"}
            assert client.post("/best-available", body).status_code in (400, 422)
