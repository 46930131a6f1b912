"""How the tree is laid out: small scripts, and calls that only go downwards."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("src/**/*.[ch]"), *ROOT.glob("feed/**/*.[ch]"), *ROOT.glob("seed/**/*.[ch]")])
PARTS = sorted(path for path in [ROOT / "dev", ROOT / ".ci/run", *ROOT.glob("tools/**/*"), *ROOT.glob("tests/*"),
                                 *ROOT.glob("tests/lint/*")]
               if path.is_file() and path.suffix != ".pyc")
LINES_MAX = 200

# A room, and the rooms that it may include from. http and boxoffice do not know each other.
BELOW = {
    "": {"", "api", "http", "boxoffice", "store", "util"},  # main.c, worker.c
    "api": {"api", "http", "boxoffice", "store", "util"},
    "http": {"http", "util"},
    "boxoffice": {"boxoffice", "store", "util"},
    "store": {"store", "util"},
    "util": {"util"},
    "feed": {"feed", "boxoffice", "store", "util"},
    "seed": {"seed", "boxoffice", "store", "util"},
}
# Who may know a driver's headers: .c files, and headers named private, which only the .c files of their room include.
DRIVERS = {
    "curl/": r"feed/publisher\.c",
    "fcgiapp.h": r"src/http/fcgi_io\.c",
    "hiredis/": r"src/store/(redis|board)\w*(\.c|_private\.h)",
    "mongoc": r"src/store/\w+(\.c|_private\.h)",
    "bson": r"src/store/\w+(\.c|_private\.h)",
}


def name_of(path):
    return str(path.relative_to(ROOT))


def includes(path, marks):
    return re.findall(r"^\s*#\s*include\s+%s([^\">]+)[\">]" % marks, path.read_text(), re.M)


def room_of(path):
    """The folder below src/, "" for src itself, or "feed", "seed"."""
    parts = path.relative_to(ROOT).parts
    return parts[0] if parts[0] in ("feed", "seed") else parts[1] if len(parts) > 2 else ""


def resolve(path, included):
    """The included file: beside its includer, or below src/ (as the compiler looks)."""
    for base in (path.parent, ROOT / "src", ROOT):
        found = (base / included).resolve()
        if found in SOURCES:
            return found
    return None  # made at build time, as config.h, or a table (.def)


@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_parts_are_small(part):
    assert len(part.read_text().splitlines()) <= LINES_MAX


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_includes_go_downwards(source):
    allowed = BELOW[room_of(source)]
    for included in includes(source, '"'):
        found = resolve(source, included)
        if found:
            assert room_of(found) in allowed, f'{name_of(source)} includes "{included}", which stands above it'


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_drivers_stay_in_their_files(source):
    for included in includes(source, '[<"]'):
        for driver, owner in DRIVERS.items():
            if included.startswith(driver):
                assert re.fullmatch(owner, name_of(source)), f"{name_of(source)} includes <{included}>"


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_private_headers_stay_in_their_room(source):
    for included in includes(source, '"'):
        if included.endswith("_private.h"):
            assert source.suffix == ".c" and room_of(resolve(source, included)) == room_of(source)


def test_there_are_sources_to_read():
    assert len(SOURCES) > 20
    assert {room_of(source) for source in SOURCES} == set(BELOW)
