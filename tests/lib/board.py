"""The scripts of src/store/lua as the worker calls them, one by one, against a real Redis."""

import itertools
from pathlib import Path

LUA = Path(__file__).resolve().parents[2] / "src" / "store" / "lua"
GRACE_MS = 15000
NEED_MS = 8000
_ids = itertools.count(1)


def source(name, *, node_holds=False):
    files = ["board", *(["node_holds"] if node_holds else []), name]
    return "\n".join((LUA / f"{file}.lua").read_text() for file in files)


class Load:
    """A load between its first step and its last."""

    def __init__(self, born, version, mark, founding, lapsed):
        self.born, self.version, self.mark = born, version, mark
        self.founding, self.lapsed = founding == 1, lapsed


class Board:
    """One show's board. Answers are lists with text decoded and numbers as Redis gave them."""

    def __init__(self, client, seats=100, run="run/replid", node_holds=False):
        self.redis = client
        self.show = f"{next(_ids):024x}"
        self.run = run
        self.seats, self.blocked = seats, ""
        self.document = f"a show of {seats} seats"
        self.hash = ""
        self.sale = (0, 9 * 10**15)  # from when to when, in ms
        self.labels = ",".join(f"S{i}" for i in range(1, seats + 1)) if node_holds else ""
        self.scripts = {name: source(name, node_holds=node_holds) for name in (
            "hold", "extend", "release", "confirm_begin", "confirm_finish", "cancel_begin", "cancel_finish",
            "status", "summary", "load_begin", "load_merge", "lapse")}

    def key(self, kind, rest=""):
        return f"{kind}:{{{self.show}}}{':' + rest if rest else ''}"

    def call(self, script, keys, arguments):
        keys = [self.key(kind) for kind in ("board", "taken", "confirming", "show")] + keys
        return self.redis.worker.eval(self.scripts[script], len(keys), *keys, *arguments)

    def holds(self, user, seats):
        return [self.key("user", user), *(self.key("hold", seat) for seat in seats)]

    def load_begin(self):
        return Load(*self.call("load_begin", [], [self.run])[1:])

    def load_merge(self, load, sold=(), trust_ms=5000, proved=True):
        answer = self.call("load_merge", [], [self.run, load.born, load.version, load.mark, trust_ms, int(proved),
                                              self.key("hold", "") + ":", self.document, self.seats,
                                              self.blocked, *self.sale, self.labels, *sold])
        if answer[0] == "done" and answer[1]:
            self.hash = answer[1]
        return answer

    def load(self, sold=(), trust_ms=5000):
        load = self.load_begin()
        assert self.load_merge(load, sold, trust_ms)[0] == "done"
        return load

    def hold(self, user, *seats, hold_id="ab12", hold_ms=600000, cap=10, mark="", blocked="", proof="", token="70ce"):
        """`blocked`: a '1' for each seat that is not for sale. `token`: digest of that of a new hold."""
        return self.call("hold", self.holds(user, seats), [self.run, mark, self.hash, user, proof, hold_id, token, hold_ms, cap,
                                                           blocked, *seats])

    def extend(self, user, *seats, hold_ms=600000, most_ms=43200000, mark="", proof=""):
        return self.call("extend", self.holds(user, seats), [self.run, mark, self.hash, user, proof, hold_ms, most_ms, *seats])

    def choose(self, user, seats, groups=(), *, request="", version="", live="", take_any=0, hold_id=None, hold_ms=600000,
               cap=10, mark="", proof="", token="70ce"):
        """hold.lua with a choice: groups are texts, in numbers of `seats`."""
        hold_id = hold_id or f"{next(_ids):016x}" + "ab" * 8
        return self.call("hold", self.holds(user, seats), [
            self.run, mark, self.hash, user, proof, hold_id, token, hold_ms, cap, "", *seats, request, version, live, take_any,
            *groups])

    def release(self, user, *seats, mark="", proof=""):
        return self.call("release", self.holds(user, seats), [self.run, mark, self.hash, user, proof, *seats])

    def entry(self, attempt, seats):
        return f"{attempt}:{','.join(seats)}"

    def confirm_begin(self, user, *seats, attempt="c0ffee", deadline_ms=GRACE_MS, need_ms=NEED_MS, mark="", proof=""):
        return self.call("confirm_begin", self.holds(user, seats), [
            self.run, mark, self.hash, user, proof, self.entry(attempt, seats), deadline_ms, GRACE_MS, need_ms, *seats])

    def confirm_finish(self, user, announced, sold, attempt="c0ffee", whole=True):
        return self.call("confirm_finish", self.holds(user, sold), [self.run, user, self.entry(attempt, announced), int(whole), *sold])

    def cancel_begin(self, *seats, mark=""):
        return self.call("cancel_begin", [], [self.run, mark, self.hash, *seats])

    def cancel_finish(self, user, seats, seen):
        """seen: the answer of cancel_begin."""
        pairs = [text for pair in zip(seats, seen[2:]) for text in pair]
        return self.call("cancel_finish", self.holds(user, seats), [self.run, user, *pairs])

    def status(self, version="", live="", mark=""):
        return self.call("status", [], [self.run, mark, self.hash, version, live])

    def summary(self, listed=False):
        """[held, sold, blocked, all], or another verdict with what follows it."""
        answer = self.call("summary", [], [self.run, "", "any" if listed else self.hash, int(listed)])
        return answer[2:] if answer[0] == "done" else answer

    def lapse_holds(self):
        """ms until the next hold may lapse, -1 for none."""
        return self.call("lapse", [], [self.run])[1]

    def taken(self, mark=""):
        """(held, sold) as sets."""
        answer = self.status(mark=mark)
        assert answer[0] == "map", answer
        return tuple({seat for seat in answer[i].split(",") if seat} for i in (4, 5))

    def version(self):
        return int(self.redis.hget(self.key("board"), "version"))

    def lapse(self):
        """The board's trust ends now."""
        self.redis.hset(self.key("board"), "until", 1)

    def everything(self):
        """All that Redis has of this show, to be compared."""
        found = {}
        for key in self.redis.keys(f"*{{{self.show}}}*"):
            kind = self.redis.type(key)
            read = {"string": self.redis.get, "hash": self.redis.hgetall,
                    "zset": lambda k: self.redis.zrange(k, 0, -1, withscores=True)}[kind]
            found[key] = (read(key), self.redis.pexpiretime(key) if hasattr(self.redis, "pexpiretime") else None)
        return found
