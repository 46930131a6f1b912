"""A live map that tells not all: a gap, a resync, a stream that is dead. The streams are the test's own; all else is real."""

import pytest
from lib.client import new_user
from lib.streams import Streams

NO_GAPS = ("Number(from) > this.version", "false")


@pytest.fixture
def streams():
    with Streams() as made:
        yield made


def version(client, show):
    return client.status(show).json()["version"]


def until_live(visitor):
    visitor.until(lambda: visitor.page.locator("#live-text").inner_text() == "Live", "it follows")


def follow(visit, show, streams, **options):
    """Somebody who listens, and what they ask for from now on. What is not said on the stream they do not hear."""
    visitor = visit(show, streams=streams, **options)
    until_live(visitor)
    asked = []
    visitor.page.on("request", lambda request: "/status/" in request.url and asked.append(request.url))
    return visitor, asked


def lose_one_event(client, show, streams):
    """S1 is held and nobody is told; of S2, held after it, they are. Returns the version by then."""
    client.must_hold(show, "S1", new_user())
    missed = version(client, show)
    client.must_hold(show, "S2", new_user())
    last = version(client, show)
    streams.say_status(missed, last, "S2", "held")
    return last


def test_a_gap_is_filled_by_the_map(visit, client, show, streams):
    visitor, asked = follow(visit, show, streams)
    lose_one_event(client, show, streams)
    visitor.until_state("S2", "held")
    visitor.until_state("S1", "held")
    assert len(asked) == 1


def test_control_a_page_that_sees_no_gap_shows_a_taken_seat_as_free(visit, client, show, streams):
    visitor, asked = follow(visit, show, streams, spoilt=NO_GAPS)
    last = lose_one_event(client, show, streams)
    visitor.until_state("S2", "held")
    streams.say_status(last, last, "S3", "held")
    visitor.until_state("S3", "held")
    assert visitor.state("S1") == "free" and asked == []


def test_after_a_resync_the_map_is_asked_for(visit, client, show, streams):
    visitor, asked = follow(visit, show, streams)
    client.must_hold(show, "S1", new_user())
    streams.say("resync", {})
    visitor.until_state("S1", "held")
    assert len(asked) == 1


def test_a_dead_stream_is_opened_again(visit, client, show, streams):
    """It stands, and says nothing, not even that nothing happened."""
    visitor = visit(streams=streams)
    visitor.page.clock.install()
    visitor.open(show)
    until_live(visitor)
    client.must_hold(show, "S1", new_user())
    visitor.page.clock.fast_forward(46_000)
    visitor.until(lambda: streams.opened == 2, "another stream")
    visitor.until_state("S1", "held")
    # That it stands again says nothing yet: until it does, the page asks by itself, as where there is no live map.
    client.must_hold(show, "S3", new_user())
    visitor.page.clock.fast_forward(3_000)
    visitor.until_state("S3", "held")
    assert visitor.page.locator("#live-text").inner_text() == "Up to date"
    last = version(client, show)
    streams.say_status(last, last, "S2", "held")
    visitor.until_state("S2", "held")
    visitor.page.clock.fast_forward(3_000)
    until_live(visitor)
