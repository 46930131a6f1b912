"""What a hold's token decides, in each script that meets a user's own hold. Redis knows digests alone."""

import pytest

RIGHT, WRONG, MISSING = "70ce", "bad0", "?"


def again(board, user, *seats, proof):
    return board.hold(user, *seats, proof=proof, token=proof if proof not in ("", MISSING) else "0e0e", hold_id="bb")


CALLS = {"hold": again, "extend": lambda board, *more, **proof: board.extend(*more, **proof),
         "release": lambda board, *more, **proof: board.release(*more, **proof),
         "confirm": lambda board, *more, **proof: board.confirm_begin(*more, **proof)}


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


@pytest.mark.parametrize("proof", [WRONG, MISSING, "70c", "70ce0", "-", "ann"])
def test_without_it_nothing_is_done(board, call, proof):
    board.hold("ann", "S1", "S2")
    before = board.everything()
    assert call(board, "ann", "S1", "S2", proof=proof) == ["token", 0, "S1", "S2"]
    assert board.everything() == before


@pytest.mark.parametrize("proof", [RIGHT, ""])
def test_with_it_or_where_none_is_needed(board, call, proof):
    board.hold("ann", "S1", "S2")
    assert call(board, "ann", "S1", "S2", proof=proof)[0] == "done"


def test_it_gives_no_right_to_anothers_hold(board, call):
    board.hold("ann", "S1")
    assert call(board, "bob", "S1", proof=RIGHT)[0] in ("refused", "other")


def test_one_that_does_not_fit_all_fits_none(board, call):
    board.hold("ann", "S1", token=RIGHT)
    board.hold("ann", "S2", token=WRONG)
    before = board.everything()
    assert call(board, "ann", "S1", "S2", proof=RIGHT) == ["token", 0, "S2"]
    assert board.everything() == before


def test_what_stands_in_the_way_otherwise_is_told_first(board):
    board.hold("ann", "S1")
    board.hold("bob", "S2")
    board.confirm_begin("ann", "S1")
    assert board.hold("ann", "S1", "S2", proof=WRONG)[2:] == ["S2", "held"]
    for call in (board.extend, board.release, board.confirm_begin):
        assert call("ann", "S1", "S2", proof=WRONG)[0] == "other"
    for call in (board.extend, board.release):
        assert call("ann", "S1", proof=WRONG)[0] == "token", "before that a confirmation is under way"


def test_a_mixed_batch_gets_the_token_that_was_sent(board):
    board.hold("ann", "S1")
    assert board.hold("ann", "S1", "S2", proof=RIGHT, token=RIGHT, hold_id="bb")[0] == "done"
    assert board.confirm_begin("ann", "S1", "S2", proof=RIGHT)[0] == "done"


def test_a_mixed_batch_without_one_has_two(board):
    board.hold("ann", "S1")
    assert board.hold("ann", "S1", "S2", proof="", token="0e0e", hold_id="bb")[0] == "done"
    assert board.release("ann", "S2", proof=RIGHT) == ["token", 0, "S2"]
    assert board.release("ann", "S2", proof="0e0e")[0] == "done"


def test_a_call_that_is_made_twice_is_its_own_proof(board):
    """The connection broke, the answer was lost, the worker sends it again: the same new token, none sent."""
    first = board.hold("ann", "S1", hold_id="aa", proof=MISSING)
    assert board.hold("ann", "S1", hold_id="aa", proof=MISSING)[3:] == first[3:]
    assert board.hold("ann", "S1", hold_id="aa", proof=MISSING, token="0e0e")[0] == "token"


SEATS = ["S1", "S2", "S3", "S4"]


def test_a_choice_gives_its_seats_the_token(board):
    board.choose("ann", SEATS, ["1,2"], token=RIGHT)
    assert board.release("ann", "S1", "S2", proof=WRONG)[0] == "token"
    assert board.release("ann", "S1", "S2", proof=RIGHT)[0] == "done"


@pytest.mark.parametrize("proof", [WRONG, MISSING])
def test_a_choice_made_again_needs_it(board, proof):
    board.choose("ann", SEATS, ["1,2"], request="k1", token=RIGHT)
    before = board.everything()
    assert board.choose("ann", SEATS, ["3,4"], request="k1", token="0e0e", proof=proof) == ["token", 0, "S1", "S2"]
    assert board.everything() == before
    assert board.choose("ann", SEATS, ["3,4"], request="k2", token="0e0e", proof=proof)[3::3] == ["S3", "S4"]


@pytest.mark.parametrize("proof", [RIGHT, ""])
def test_a_choice_made_again_is_told_apart_from_a_call_made_twice(board, proof):
    """The token that the worker has just made up is not that of the hold of before."""
    first = board.choose("ann", SEATS, ["1,2"], request="k1", token=RIGHT)
    again = board.choose("ann", SEATS, ["3,4"], request="k1", token="0e0e", proof=proof)
    assert (again[0], again[3:]) == ("again", first[3:])
    twice = board.choose("ann", SEATS, ["3,4"], request="k1", token=RIGHT, proof=MISSING)
    assert (twice[0], twice[3:]) == ("done", first[3:])


def test_an_extension_keeps_it(board):
    board.hold("ann", "S1", hold_ms=1000)
    board.extend("ann", "S1", proof=RIGHT)
    assert board.release("ann", "S1", proof=WRONG)[0] == "token"
    assert board.release("ann", "S1", proof=RIGHT)[0] == "done"


def test_seats_of_nobody_need_none(board):
    assert board.release("ann", "S1", proof=MISSING) == ["done", 0, 0]
    assert board.confirm_begin("ann", "S1", proof=MISSING) == ["missing", 0, "S1"]
    assert board.extend("ann", "S1", proof=WRONG) == ["missing", 0, "S1"]
    assert board.hold("ann", "S1", proof=MISSING)[0] == "done"


def test_a_refused_hold_counts_nothing(board):
    board.hold("ann", "S1", cap=2)
    assert board.hold("ann", "S1", "S2", "S3", proof=WRONG, cap=2, token="0e0e")[0] == "token", "before the cap"


def test_a_hold_without_a_token_is_proved_by_none(board, client):
    """Its value has a "-" for it."""
    board.hold("ann", "S1")
    value = client.get(board.key("hold", "S1")).replace(":70ce:", ":-:")
    client.set(board.key("hold", "S1"), value, keepttl=True)
    for proof in (RIGHT, MISSING):
        assert board.release("ann", "S1", proof=proof)[0] == "token"
    assert board.release("ann", "S1", proof="")[0] == "done"
