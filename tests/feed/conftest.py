import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, records, show  # noqa: E402, F401
from lib.live import Stream  # noqa: E402


@pytest.fixture
def open_stream(site, client):  # noqa: F811
    """Opens a stream of a show whose board is loaded, and told to be new."""
    opened = []

    def open_one(of_show, **options):
        stream = Stream(site, of_show, **options)
        opened.append(stream)
        client.seat_map(of_show)
        while stream.next(0.3):
            pass
        return stream

    yield open_one
    for stream in opened:
        stream.close()


@pytest.fixture
def stream(open_stream, show):  # noqa: F811
    return open_stream(show)
