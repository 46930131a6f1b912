"""Operations in any order: the real scripts in a real Redis against lib/model.py, compared after each step.

BOXOFFICE_TEST_SEED=N plays an earlier run's sequences again; what fails names the seed of its own sequence."""

import random
import time

import pytest
from lib.board import Board
from lib.chance import SEED
from lib.model import CAP, DEADLINE_MS, HOLD_MS, MOST_MS, TRUST_MS, Choice, Model
from lib.waiting import wait_until

STEPS = 150
SEATS = [f"S{number}" for number in range(1, 9)]
USERS = ("ann", "bob", "cid")
NOT_YET, OPEN, OVER = (9 * 10**14, 9 * 10**15), (0, 9 * 10**15), (0, 1)  # ms: no clock of Redis comes near


def in_order(words):
    """What is said of a choice, in one order: that of what was made before and of a map is Redis's own."""
    if words[0] == "map":
        return words[:3] + [sorted(seats.split(",")) for seats in words[3:]]
    if words[0] in ("done", "again"):
        return words[:2] + sorted(zip(words[2::3], words[3::3], words[4::3]))
    return words[:1] + sorted(words[1:])


class Player:
    """One show, its model, and what has been begun there and not ended."""

    def __init__(self, board, seed):
        self.board, self.rng, self.model = board, random.Random(seed), Model()
        self.number = 0
        self.attempts, self.cancels, self.loads = [], [], []
        self.said = []
        board.seats = len(SEATS)
        board.load(trust_ms=TRUST_MS)
        self.model.version = board.version()

    def pick(self):
        return self.rng.sample(SEATS, self.rng.choice((1, 1, 2, 2, 3, 4)))

    def mine(self):
        """Seats of one user, or any: so that something comes of it."""
        user = self.rng.choice(USERS)
        held = sorted(seat for seat, hold in self.model.holds.items() if hold.user == user)
        if held and self.rng.random() < 0.8:
            return user, self.rng.sample(held, self.rng.randint(1, len(held)))
        return user, self.pick()

    def proof(self):
        return self.rng.choice(("",) * 6 + ("70ce", "70ce", "dead"))

    def new_id(self):
        self.number += 1
        return f"{self.number:08x}"

    def same(self, what, answer, expected, order=list):
        """The answer without its claim."""
        answer, expected = order([answer[0], *answer[2:]]), order(expected)
        self.said.append(f"{what}: {answer}")
        assert answer == expected, f"{what}: the script says {answer}, the model {expected}"

    # -- operations

    def blocks(self, seats):
        """As the worker's copy of the show has it."""
        return "".join(str(int(seat in self.model.blocked)) for seat in seats) if self.model.blocked else ""

    def hold(self):
        user, seats = (self.rng.choice(USERS), self.pick()) if self.rng.random() < 0.7 else self.mine()
        hold_id, proof, token = self.new_id(), self.proof(), self.rng.choice(("70ce",) * 5 + ("beef",))
        answer = self.board.hold(user, *seats, hold_id=hold_id, hold_ms=HOLD_MS, cap=CAP, proof=proof, token=token,
                                 blocked=self.blocks(seats))
        now = int(answer[2]) if answer[0] == "done" else 0
        self.same(f"hold {user} {seats} {token} {proof}", answer, self.model.hold(user, seats, hold_id, token, now, proof))

    def wish(self):
        """Mostly by the picture as it is, of which something may be had."""
        rng, free = self.rng, [seat for seat in SEATS if seat not in self.model.blocked]
        numbers = range(1, len(free) + 1)
        groups = []
        for _ in range(rng.randint(0, 3)):
            some = rng.sample(numbers, min(rng.randint(1, 3), len(free)))
            others = [number for number in numbers if number not in some]
            orphans = [(number, rng.choice((0, *others))) for number in others if rng.random() < 0.2]
            groups.append((some, orphans))
        held, _ = self.model.map()
        tag = rng.choice((None, (str(self.model.version), str(len(held))), (str(self.model.version), "9")))
        return Choice(free, groups, rng.choice(("", "one", "two")), tag, rng.choice((0, 0, 2, 3)))

    def choose(self):
        user, choice, proof, token = self.rng.choice(USERS), self.wish(), self.proof(), self.rng.choice(("70ce",) * 5 + ("beef",))
        hold_id = f"{self.new_id():0>32}"[::-1]
        groups = [",".join(map(str, numbers)) + (";" + ",".join(f"{one}|{beside}" for one, beside in orphans) if orphans else "")
                  for numbers, orphans in choice.groups]
        version, live = choice.tag or ("", "")
        answer = self.board.choose(user, choice.seats, groups, request=choice.request, version=version, live=live,
                                   take_any=choice.take_any, hold_id=hold_id, hold_ms=HOLD_MS, cap=CAP, proof=proof, token=token)
        now = int(answer[2]) if answer[0] in ("done", "again") else 0
        self.same(f"choose {user} {choice} {token} {proof}", answer,
                  self.model.choose(user, choice, hold_id, token, now, proof), in_order)

    def short_hold(self):
        """It lapses at once, and by Redis's own clock."""
        user, seats = self.rng.choice(USERS), self.pick()
        if self.model.stale or self.model.closed or any(
                seat in self.model.holds or seat in self.model.sold for seat in seats):
            return
        if len(self.model.counted.get(user, ())) + len(seats) > CAP:
            return
        answer = self.board.hold(user, *seats, hold_id=self.new_id(), hold_ms=5, cap=CAP)
        assert answer[0] == "done", answer
        self.model.version += 1
        time.sleep(0.006)
        self.past(int(answer[4]))
        if self.rng.random() < 0.5:
            self.board.lapse_holds()
        self.said.append(f"short hold {user} {seats}")

    def now(self):
        seconds, micros = self.board.redis.time()
        return seconds * 1000 + micros // 1000

    def past(self, end_ms):
        wait_until(lambda: self.now() > end_ms, 10, "the end by Redis's clock", interval=0.001)

    def extend(self):
        user, seats = self.mine()
        proof = self.proof()
        length = self.rng.choice((HOLD_MS, HOLD_MS // 2, 3 * HOLD_MS))
        answer = self.board.extend(user, *seats, hold_ms=length, most_ms=MOST_MS, proof=proof)
        now = int(answer[2]) if answer[0] == "done" else self.now()
        self.same(f"extend {user} {seats} {length} {proof}", answer, self.model.extend(user, seats, length, now, proof))

    def release(self):
        user, seats = self.mine()
        proof = self.proof()
        answer = self.board.release(user, *seats, proof=proof)
        self.same(f"release {user} {seats} {proof}", answer, self.model.release(user, seats, proof))

    def begin(self):
        user, seats = self.mine()
        proof, attempt = self.proof(), self.new_id()
        late, lapses = self.rng.random() < 0.1, self.rng.random() < 0.05
        answer = self.board.confirm_begin(user, *seats, attempt=attempt, deadline_ms=1 if lapses else DEADLINE_MS,
                                          need_ms=10**8 if late else 0, proof=proof)
        if answer[0] == "done":
            answer[2:] = sorted(answer[2:])
            self.attempts.append((attempt, user, seats))
        self.same(f"confirm_begin {attempt} {user} {seats} {proof} {late} {lapses}", answer,
                  self.model.confirm_begin(user, seats, attempt, late, proof))
        if lapses and attempt in self.model.announced:
            self.past(int(self.board.redis.zscore(self.board.key("confirming"), self.board.entry(attempt, seats))))
            self.model.late.add(attempt)

    def finish(self):
        """MongoDB's part, and the last script: or the worker dies after the record, and never comes to it."""
        if not self.attempts:
            return
        attempt, user, seats = self.attempts.pop(self.rng.randrange(len(self.attempts)))
        documents = self.model.documents
        whole = self.rng.random() < 0.8 and not set(seats) & set(documents)
        if whole:
            documents.update(dict.fromkeys(seats, user))
        found = [seat for seat in seats if documents.get(seat) == user]
        if self.rng.random() < 0.15:
            self.said.append(f"recorded {attempt} {whole}, and not told")
            return
        assert self.board.confirm_finish(user, seats, found, attempt=attempt, whole=whole)[0] == "done"
        self.model.confirm_finish(user, attempt, found, whole)
        self.said.append(f"confirm_finish {attempt} {user} {seats} {found} {whole}")

    def cancel_begin(self):
        users = sorted(set(self.model.documents.values()))
        if not users:
            return
        user = self.rng.choice(users)
        seats = sorted(seat for seat, owner in self.model.documents.items() if owner == user)
        answer, expected = self.board.cancel_begin(*seats), self.model.cancel_begin(seats)
        self.same(f"cancel_begin {seats}", answer, expected)
        if answer[0] == "done":
            self.cancels.append((user, seats, answer))

    def cancel_finish(self):
        if not self.cancels:
            return
        user, seats, seen = self.cancels.pop()
        if any(self.model.documents.get(seat) != user for seat in seats):
            return  # somebody else cancelled them
        for seat in seats:
            del self.model.documents[seat]
        assert self.board.cancel_finish(user, seats, seen)[0] == "done"
        self.model.cancel_finish(user, seats, {seat: int(at) if at else None for seat, at in zip(seats, seen[2:])})
        self.said.append(f"cancel_finish {user} {seats} {seen[2:]}")

    def load_begin(self):
        """Others change the board before it ends."""
        late = self.model.late & set(self.model.announced)
        self.loads.append((self.board.load_begin(), dict(self.model.documents), late))
        self.said.append("load_begin")

    def load_merge(self):
        if not self.loads:
            self.load_begin()
        load, documents, late = self.loads.pop()
        self.loads.clear()  # one that began earlier has nothing to say any more
        answer = self.board.load_merge(load, sorted(documents), TRUST_MS)
        said = self.model.load(int(load.version), documents, late, self.board.version())
        self.said.append(f"load_merge {documents} {late}: {answer}")
        assert answer[0] == said, f"load: the script says {answer}, the model {said}"
        if said == "done":
            self.model.blocked = frozenset(filter(None, self.board.blocked.split(",")))
            self.model.closed = self.board.sale != OPEN

    def load(self):
        self.loads.clear()
        self.load_begin()
        self.load_merge()

    def staff_changes(self):
        """Seats are blocked or put on sale again, or the sale is closed or opened; the board is loaded at once."""
        board, rng = self.board, self.rng
        board.blocked = ",".join(rng.sample(SEATS, rng.choice((0, 0, 1, 2))))
        board.sale = rng.choice((OPEN, OPEN, OPEN, NOT_YET, OVER))
        board.document = f"{board.blocked} {board.sale}"
        self.said.append(f"staff: blocked {board.blocked}, sale {board.sale}")
        self.load()

    def program_sells(self):
        """Another program, straight into MongoDB."""
        free = [seat for seat in SEATS if seat not in self.model.documents]
        if free:
            self.model.documents[self.rng.choice(free)] = "program"

    OPERATIONS = {hold: 30, short_hold: 2, extend: 8, release: 12, begin: 16, finish: 14, cancel_begin: 5, cancel_finish: 5,
                  load_begin: 4, load_merge: 4, load: 6, program_sells: 1, choose: 14, staff_changes: 3}

    # -- after each of them

    def compare(self):
        redis, key, model = self.board.redis, self.board.key, self.model
        now = f"({self.now()}"
        pipe = redis.pipeline(transaction=False)
        for user in USERS:
            pipe.zrangebyscore(key("user", user), now, "+inf")  # what has lapsed may stand there still
        pipe.zrangebyscore(key("taken"), now, "+inf", withscores=True)
        pipe.zrange(key("confirming"), 0, -1)
        pipe.hget(key("board"), "version")
        pipe.mget([key("hold", seat) for seat in SEATS])
        *counted, taken, confirming, version, values = pipe.execute()
        holds = {seat: value.split(":") for seat, value in zip(SEATS, values) if value}
        assert {seat: (one[0], int(one[1]), one[4]) for seat, one in holds.items()} == {
            seat: (one.id, one.first_end, one.user) for seat, one in model.holds.items()}, "other holds than the model's"
        held, sold = model.map()
        assert {seat: int(score) for seat, score in taken if score >= 1e15} == model.sold, "sold on the board"
        assert {seat for seat, score in taken if score < 1e15} == held, "held on the board"
        assert [set(seats) for seats in counted] == [model.counted.get(user, set()) for user in USERS], "counted for the cap"
        assert {entry.split(":")[0] for entry in confirming} == set(model.announced), "confirmations under way"
        assert int(version) == model.version, "the version"

    def play(self, steps):
        names, weights = list(self.OPERATIONS), list(self.OPERATIONS.values())
        for _ in range(steps):
            if self.model.stale and self.rng.random() < 0.3:
                self.load()
            else:
                self.rng.choices(names, weights)[0](self)
            self.compare()


def play(client, seed, spoil=lambda scripts: None, steps=STEPS):
    board = Board(client)
    spoil(board.scripts)
    player = Player(board, seed)
    try:
        player.play(steps)
    except AssertionError as error:
        last = "\n".join(player.said[-12:])
        raise AssertionError(f"BOXOFFICE_TEST_SEED={seed}: {error}\nafter\n{last}") from error
    finally:
        client.delete(*client.keys(f"*{{{board.show}}}*"))


def play_for(client, seconds):
    end, count = time.monotonic() + seconds, 0
    while count == 0 or time.monotonic() < end:
        play(client, SEED + count)
        count += 1
    print(f"BOXOFFICE_TEST_SEED={SEED}: {count} sequences of {STEPS} steps")


def test_sequences(client):
    play_for(client, 5)


@pytest.mark.long
def test_many_sequences(client):
    play_for(client, 60)


BUGS = {  # script, what stands there, and the bug
    "a hold over another's": ("hold", "if id and (user ~= me or ends <= now) then", "if false then"),
    "a hold of what is sold": ("hold", "if scores[i] and tonumber(scores[i]) >= SOLD then", "if false then"),
    "no cap": ("hold", "live + #fresh > tonumber(ARGV[9])", "false"),
    "a hold again is a longer one": ("hold", "if not id then fresh[#fresh + 1] = i end", "fresh[#fresh + 1] = i"),
    "another's hold is released": ("release", "elseif hold.id and hold.user ~= me then", "elseif false then"),
    "released while it is confirmed": ("release", "elseif announced[seat] then", "elseif false then"),
    "half a release": ("release", "for _, key in ipairs(keys) do drop_hold(key) end", "drop_hold(keys[1])"),
    "an extension shortens": ("extend", "math.max(hold.first_end, math.min(", "math.min(math.min("),
    "another's hold is confirmed": ("confirm_begin", "elseif user ~= me then", "elseif false then"),
    "not announced": ("confirm_begin", "redis.call('ZADD', CONFIRMING, text(deadline), entry)", ""),
    "an attempt that was settled without it": ("confirm_finish", "redis.call('ZMSCORE', CONFIRMING, ARGV[3])[1] and", ""),
    "its hold stays after a sale": ("confirm_finish", "drop_hold(KEYS[5 + i])", ""),
    "a load takes a new sale back": ("load_merge", "and tonumber(sold[i + 1]) <= seen_version then", "then"),
    "a load that read before a cancellation": (
        "load_merge", "if board.cancelled and tonumber(board.cancelled) > seen_version then", "if false then"),
    "a cancellation frees what was sold since": ("cancel_finish", "if seen == '' or tonumber(seen) ~= tonumber(score) then",
                                                 "if false then"),
    "a hold of what is not for sale": ("hold", "elseif not id and string.byte(ARGV[10], i) == 49 then", "elseif false then"),
    "a hold outside of the sale": ("hold", "if (#in_the_way > 2 or #fresh > 0) and sale_is_closed() then", "if false then"),
    "the best seats outside of the sale": ("hold", "  if sale_is_closed() then", "  if false then"),
    "the best of what is taken": ("hold", "if i == 0 or scores[i] and tonumber(scores[i]) > now then", "if i == 0 then"),
    "the best seats again are others": ("hold", "local granted = live > 0 and made_before(name)", "local granted = false"),
    "the best seats of another's hold": ("hold", "if not is_mine(token) then unproved[#unproved + 1] = seat end", ""),
    "an orphan": ("hold", "if group and not leaves_orphan(ARGV[g]) then", "if group then"),
    "a choice by an old picture": ("hold", "local as_known = version == '' or has_tag(version, ARGV[choice + 2])",
                                   "local as_known = true"),
    "fewer than asked for": ("hold", "return any > 0 and #group == any and group", "return #group > 0 and group"),
    "an extension outside of the sale": ("extend", "if #longer > 0 and sale_is_closed() then", "if false then"),
    "a late confirmation makes nothing stale": ("hold", "redis.call('ZCOUNT', CONFIRMING, '-inf', text(now)) > 0", "false"),
}


@pytest.mark.parametrize("script, good, bad", BUGS.values(), ids=BUGS)
def test_control(client, script, good, bad):
    def spoil(scripts):
        assert scripts[script].count(good) == 1, f"{script} has changed: the control needs another bug"
        scripts[script] = scripts[script].replace(good, bad)

    with pytest.raises(AssertionError, match="BOXOFFICE_TEST_SEED"):
        for seed in range(60):
            play(client, seed, spoil)
