"""Negative controls: with a bug put back, the test that is there for it must fail."""

import pytest
from api import test_abuse, test_bad_fields, test_token
from lib.bad_orders import WRONG_TYPES
from lib.client import Client, new_user, order
from lib.shows import Records
from race import test_abuse as race_abuse

PROVED = "return proof == '' or proof == token"


def act_for_another(site, client, records, show):
    victim = test_abuse.victim.__wrapped__(client, show)
    test_abuse.test_acting_for_another_by_a_name_that_is_near(site, client, records, show, victim, "/extend")


def send_a_token_of_the_wrong_type(site, client, records, show):
    del site, records
    send = test_bad_fields.send.__wrapped__(client, "/hold", lambda seats: order(show, seats, new_user()), "showId")
    test_bad_fields.test_wrong_type_of_a_token(send, WRONG_TYPES[0])


# The bug: file, what stands there, what stood there; and the test.
CONTROLS = {
    "no cap": (
        ("src/store/lua/hold.lua", "if #fresh > 0 and live + #fresh > tonumber(ARGV[9])", "if false"),
        lambda site, client, records, show: race_abuse.test_exceeding_the_quota_of_each_request_alone(site, client, records)),
    "no cap, in parallel": (
        ("src/store/lua/hold.lua", "if #fresh > 0 and live + #fresh > tonumber(ARGV[9])", "if false"),
        lambda site, client, records, show: race_abuse.test_exceeding_the_quota_by_parallel_requests(site, records)),
    "any token is proof": (
        ("src/store/lua/board.lua", PROVED, "return true"),
        lambda *world: test_token.test_a_wrong_one_is_refused_always(*world, "confirm")),
    "any token is proof where one is required": (
        ("src/store/lua/board.lua", PROVED, "return proof ~= '?'"),
        test_abuse.test_guessed_tokens),
    "the beginning of a name is the name": (
        ("src/store/lua/board.lua", "elseif hold.id and hold.user ~= me then",
         "elseif hold.id and string.sub(hold.user, 1, #me) ~= me then"),
        act_for_another),
    "500 for one bad field": (
        ("src/api/fields.c", 'return malformed(problem, "holdToken", "a string");',
         'return bo_problem_set(problem, BO_PROBLEM_INTERNAL, "holdToken");'),
        send_a_token_of_the_wrong_type),
}


@pytest.mark.long
@pytest.mark.parametrize("bug, test", CONTROLS.values(), ids=CONTROLS)
def test_control(fresh_site, copy, bug, test):
    client, records = Client(fresh_site), Records(fresh_site)
    try:
        test(fresh_site, client, records, records.show())  # it passes as things are
        with copy.spoilt(*bug) as build:
            fresh_site.workers.program = build / "boxoffice-fcgi"
            fresh_site.workers.restart()
            fresh_site.wait_ready()
            with pytest.raises(AssertionError) as caught:
                test(fresh_site, client, records, records.show())
        print(f"caught: {caught.value}")
    finally:
        records.close()
