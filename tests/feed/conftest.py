import pytest

pytest.register_assert_rewrite("lib")

from lib.fixtures import client, records, show  # noqa: E402, F401
from lib.live import Stream, past_the_new_board  # noqa: E402


@pytest.fixture
def open_stream(site):
    """Opens a stream of a show whose board is loaded, and told to be new."""
    opened = []

    def open_one(of_show, **options):
        stream = Stream(site, of_show, **options)
        opened.append(stream)
        past_the_new_board(site, of_show, stream)
        return stream

    yield open_one
    for stream in opened:
        stream.close()


@pytest.fixture
def stream(open_stream, show):  # noqa: F811
    return open_stream(show)
