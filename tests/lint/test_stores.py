"""stores/: the users' rights are those that the code uses, and are shipped."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def rights(user):
    """The words of a user's line in redis-users.conf."""
    text = (ROOT / "stores/redis-users.conf").read_text()
    return re.search(rf"^user {user} (.*)$", text, re.M).group(1).split()


def commands_of_scripts():
    lua = "".join(path.read_text() for path in (ROOT / "src/store/lua").glob("*.lua"))
    calls = re.findall(r"redis\.p?call\(", lua)
    named = re.findall(r"redis\.p?call\('([A-Z]+)'", lua)
    through = re.findall(r"in_chunks\('([A-Z]+)'", lua)
    assert len(calls) - len(named) == 1, "but for in_chunks, a command is named where it is called"
    return {command.lower() for command in named + through}


def commands_of_connections(path):
    """Of the C: each command is a list of words that begins with capitals; AUTH is everybody's."""
    text = (ROOT / path).read_text()
    found = re.findall(r'(?:\[\] = \{|send_call\(redis, call, |redisAppendCommand\(\w+, )"([A-Z]+)"(?:, "([A-Z]+)")?', text)
    return {"|".join(word.lower() for word in words if word) for words in found} - {"auth"}


def test_workers_may_do_in_redis_what_the_code_does():
    granted = [word[1:] for word in rights("boxoffice") if word.startswith("+")]
    assert len(granted) == len(set(granted))
    assert set(granted) == commands_of_scripts() | commands_of_connections("src/store/redis.c")


def test_the_feed_may_do_what_its_code_does():
    granted = [word[1:] for word in rights("boxoffice-feed") if word.startswith("+")]
    assert len(granted) == len(set(granted))
    script = "".join((ROOT / "src/store/lua" / name).read_text() for name in ("board.lua", "lapse.lua"))
    own = {command.lower() for command in re.findall(r"redis\.p?call\('([A-Z]+)'", script)} & set(granted)
    assert {"time", "hmget", "zrangebyscore", "zremrangebyscore", "publish"} == own
    assert set(granted) - own == commands_of_connections("src/store/redis.c") | commands_of_connections("src/store/redis_watch.c")


@pytest.mark.parametrize("user", ["boxoffice", "boxoffice-feed"])
def test_they_begin_with_nothing(user):
    words = rights(user)
    assert words.index("-@all") < min(i for i, word in enumerate(words) if word[0] == "+")
    assert words.index("resetkeys") < min(i for i, word in enumerate(words) if word[0] == "~")
    assert words.index("resetchannels") < min(i for i, word in enumerate(words) if word[0] == "&")
    assert not {"allkeys", "allchannels", "allcommands", "nopass", "~*", "&*", "+@all"} & set(words)
    assert "off" in rights("default")


def test_key_patterns_are_the_kinds_of_key():
    text = (ROOT / "doc/design.md").read_text()
    kinds = set(re.findall(r"^\| `(\w+):\{<show>\}", text, re.M))
    assert {word for word in rights("boxoffice") if word.startswith("~")} == {f"~{kind}:*" for kind in kinds}


def test_the_roles_are_json():
    text = (ROOT / "stores/mongodb-roles.js").read_text()
    roles = json.loads(re.search(r"^const roles = (\[.*?^\]);", text, re.S | re.M).group(1))
    assert [role["role"] for role in roles] == ["boxofficeWorker", "boxofficeSeed"]
    worker = {privilege["resource"].get("collection"): privilege["actions"] for privilege in roles[0]["privileges"]}
    assert str(roles).count("update") == 1 and "update" not in str(roles[0]) and "remove" not in worker["shows"]


def test_all_of_it_is_installed():
    makefile = (ROOT / "Makefile.am").read_text()
    for path in (ROOT / "stores").iterdir():
        assert f"stores/{path.name}" in makefile
