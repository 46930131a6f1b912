"""What the feed posts, to a publisher that refuses, is slow, or is not there: nothing is lost without a resync after it."""

import json
import os
import time

import pytest
from boxsite.feed import Feed

from lib.publishing import Publisher
from lib.waiting import wait_until

SHOW, OTHER = "65f0a1b2c3d4e5f601234567", "65f0a1b2c3d4e5f601234568"
RESYNC = ("resync", "{}")


@pytest.fixture
def publisher(site):
    path = site.fcgi_socket.with_name("posts.sock")
    with Publisher(path) as publisher:
        yield publisher
    path.unlink(missing_ok=True)


@pytest.fixture
def feed(site, publisher, tmp_path):
    """A second one beside the site's own: both hear everything."""
    feed = Feed(tmp_path, True, site.feed.program,
                lambda: {**site.feed.settings(), "BOXOFFICE_PUBLISH_SOCKET": publisher.server_address})
    feed.start()
    wait_until(lambda: RESYNC in publisher.of("all"), 10, "the first post")
    yield feed
    feed.stop()


@pytest.fixture
def tell(site):
    redis = site.redis.client()
    return lambda text, show=SHOW: redis.publish(f"seats:{{{show}}}", text)


def seats_of(publisher, channel=SHOW):
    return [json.loads(body) for event, body in publisher.of(channel) if event == "seats"]


def test_the_first_word_is_resync(feed, publisher):
    del feed
    assert publisher.posts[0].channel == "all" and publisher.of("all")[0] == RESYNC


def test_events_are_posted_in_order_each_to_its_show(feed, publisher, tell):
    del feed
    for version in range(11, 31):
        tell(f"{version}|held|S{version}|600000")
        tell(f"{version}|booked|S{version}|", OTHER)
        wait_until(lambda: version in [int(data["version"]) for data in seats_of(publisher)], 5, "its event", interval=0.01)
    told = seats_of(publisher)
    assert [data["from"] for data in told[1:]] == [data["version"] for data in told[:-1]]
    wait_until(lambda: seats_of(publisher, OTHER)[-1:] and seats_of(publisher, OTHER)[-1]["version"] == "30", 5, "the other show's")


@pytest.mark.parametrize("status", [404, 507])
def test_after_a_refusal_everybody_reads_the_map_again(feed, publisher, tell, status):
    refused = []
    publisher.accept = lambda post: status if post.channel == SHOW and not refused.append(post) else 202
    tell("11|held|S1|600000")
    wait_until(lambda: refused, 5, "the refused post")
    before = publisher.posts.index(refused[0])
    wait_until(lambda: any(post.channel == "all" and post.event == "resync" for post in publisher.posts[before:]), 5, "a resync")
    publisher.accept = lambda post: 202
    tell("12|held|S2|600000")
    wait_until(lambda: [data for data in seats_of(publisher) if data["version"] == "12"], 5, "the next event")
    assert str(status) in feed.log()


def test_after_a_post_that_took_too_long_too(feed, publisher, tell):
    publisher.delay = lambda post: 3 if post.channel == SHOW else 0
    tell("11|held|S1|600000")
    wait_until(lambda: publisher.of(SHOW), 5, "the slow post")
    before = len(publisher.posts)
    wait_until(lambda: RESYNC in [(post.event, post.body) for post in publisher.posts[before:] if post.channel == "all"], 5, "a resync")
    assert "Timeout" in feed.log()


def test_a_publisher_that_was_away_is_found_again_by_a_resync(site, tmp_path, tell):
    path = site.fcgi_socket.with_name("late.sock")
    feed = Feed(tmp_path, True, site.feed.program, lambda: {**site.feed.settings(), "BOXOFFICE_PUBLISH_SOCKET": str(path)})
    feed.start()
    try:
        wait_until(lambda: "nginx: " in feed.log(), 5, "a word about it")
        tell("11|held|S1|600000")
        with Publisher(path) as publisher:
            wait_until(lambda: publisher.posts, 5, "a post")
            assert publisher.posts[0].channel == "all" and publisher.posts[0].event == "resync"
            wait_until(lambda: "nginx takes posts again" in feed.log(), 5, "a word about it")
        assert feed.log().count("nginx: ") == 1, "once, and not each half second"
    finally:
        feed.stop()
        path.unlink(missing_ok=True)


def test_resyncs_of_all_are_a_second_apart_at_least(feed, publisher, site):
    """Everybody reads the map after each: a connection that is cut again and again must not make a storm."""
    del feed
    redis = site.redis.client()

    def times():
        return [post.at for post in publisher.posts if post.event == "resync"]

    def cut_again():
        redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        return len(times()) >= 4
    wait_until(cut_again, 30, "some resyncs", interval=0.1)
    # Without the limit they are 0.6 s apart. When a post was looked at may be late, so all together.
    at = times()
    assert at[-1] - at[0] > 0.8 * (len(at) - 1), at


def test_an_event_is_never_longer_than_nginx_takes(feed, publisher, tell):
    del feed
    for version in range(11, 41):
        seats = ",".join(f"Row {version} seat number {number:05}" for number in range(200))
        tell(f"{version}|{'held' if version % 2 else 'booked'}|{seats}|")
    # One that alone is longer, however slowly the others came.
    tell("41|held|" + ",".join(f"Row 41 seat number {number:05}" for number in range(3000)) + "|")
    wait_until(lambda: RESYNC in publisher.of(SHOW), 5, "a resync in its place")
    assert all(len(post.body) <= 64 * 1024 for post in publisher.posts)


@pytest.mark.long
def test_one_busy_show_does_not_keep_the_others_from_hearing_that_all_is_well(feed, publisher, tell):
    """Each page hears the events of its show and those of all: without either it takes its stream for dead."""
    del feed
    begin, version, alive = time.monotonic(), 11, ("alive", "{}")
    while time.monotonic() < begin + 20 and alive not in publisher.of("all"):
        tell(f"{version}|held|S1|600000")
        version += 1
        time.sleep(0.5)
    assert alive in publisher.of("all")


def test_a_proxy_of_the_environment_is_not_asked(site, publisher, tmp_path):
    settings = {"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    feed = Feed(tmp_path, True, site.feed.program, lambda: {
        **site.feed.settings(), **settings, "BOXOFFICE_PUBLISH_SOCKET": publisher.server_address})
    feed.start()
    wait_until(lambda: publisher.posts, 10, "a post")
    feed.stop()


class ClosedAtStart(Feed):
    def command(self):
        return ["/bin/sh", "-c", 'exec "$0" <&-', *super().command()]


def test_a_closed_descriptor_becomes_no_connection(site, publisher, tmp_path):
    feed = ClosedAtStart(tmp_path, True, site.feed.program,
                         lambda: {**site.feed.settings(), "BOXOFFICE_PUBLISH_SOCKET": publisher.server_address})
    feed.start()
    assert os.readlink(f"/proc/{feed.pid}/fd/0") == "/dev/null"
    feed.stop()


def test_no_password_is_left_in_the_environment(feed):
    environment = open(f"/proc/{feed.pid}/environ", "rb").read()
    assert b"unix:" not in environment and b"mongodb" not in environment and os.path.exists(f"/proc/{feed.pid}")
