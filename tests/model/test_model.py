"""The board protocol as a model (protocol.pml, whose header tells what it says): no order of its steps breaks a
promise, and each rule left out is refuted by the same model in seconds."""

import re
import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).with_name("protocol.pml")
MEMORY_MB = 8000
DEPTH = 10_000_000
# What SPIN says where it has not looked at everything.
CUT_SHORT = re.compile(r"Search not completed|max search depth too small|MEMLIM|out of memory|table is full|Bitstate")

# Together they cover what the model can do; none could do all of it at once.
SHORT = {
    "one seat, Redis forgets": "SEATS=1 FLUSHALL RESTART",
    "one seat, another program sells": "SEATS=1 FLUSHALL EXTERNAL UNTIL",
    "batches": "SEATS=2 FEWER",
    "one seat, bookings are cancelled": "SEATS=1 ATTEMPTS=3 CANCEL",
}
LONG = {
    "one seat, one attempt more": "SEATS=1 ATTEMPTS=3 FLUSHALL",
    "one seat, all at once": "SEATS=1 FLUSHALL RESTART EXTERNAL UNTIL",
    "batches, any request": "SEATS=2",
    "batches, another program sells": "SEATS=2 FEWER EXTERNAL",
    "batches, Redis is emptied": "SEATS=2 FEWER FLUSHALL",
    "batches, bookings are cancelled": "SEATS=2 FEWER CANCEL",  # 64 million states
    # 36 million states more, 6 minutes, for who has them: SEATS=1 ATTEMPTS=3 FLUSHALL RESTART
}

# Broken protocols. Each must end in a failed assertion.
BROKEN = {
    "GET, then DEL": "SEATS=1 GET_THEN_DEL",
    "look at MongoDB, then take the hold": "SEATS=1 LOOK_THEN_ACQUIRE",
    "release before the record": "SEATS=1 RELEASE_BEFORE_RECORD",
    "release from under a confirmation": "SEATS=1 RELEASE_WHILE_CONFIRMING",
    "trust the board of another run": "SEATS=1 RESTART TRUST_OTHER_RUN",
    "replace instead of merge at a load": "SEATS=1 REPLACE_AT_LOAD",
    "no entry in confirming": "SEATS=1 NO_CONFIRMING",
    "clear any lapsed entry at a load": "SEATS=1 CLEAR_ANY_LAPSED",
    "a load across FLUSHALL": "SEATS=1 FLUSHALL NO_BORN",
    "a deadline later than the lengthened hold": "SEATS=1 DEADLINE_PAST_HOLD",
    "no proof that the server is primary": "SEATS=1 NO_PROOF",
    "the proof after the read": "SEATS=1 PROOF_AFTER_READ",
    "the proof of another server than was read": "SEATS=1 PROOF_OF_ANOTHER_SERVER",
    "the same, read first, without a lagging majority":
        "SEATS=1 QUICK_MAJORITY PROOF_AFTER_READ PROOF_OF_ANOTHER_SERVER",
    "settle after E11000 though nothing is seen": "SEATS=1 SETTLE_THE_UNSEEN",
    "settle a part of a booking": "SEATS=2 SETTLE_A_PART",
    "a board stale for those alone who bring no mark": "SEATS=1 EXTERNAL STALE_BY_UNTIL_ALONE",
    "believe a no after a lost answer": "SEATS=1 BELIEVE_A_LATER_NO",
    "answer before a majority has it": "SEATS=1 ANSWER_AT_ONCE",
    "no unique index": "SEATS=1 NO_INDEX",
    "a batch that lapses in parts": "SEATS=2 LAPSE_ONE_BY_ONE",
    "a cancellation under a confirmation": "SEATS=1 CANCEL NO_LOOK_AT_CONFIRMING",
    "a cancellation frees whatever stands there": "SEATS=1 CANCEL ANY_VERSION",
    "a load that read before a cancellation": "SEATS=1 CANCEL CANCELLED_UNMARKED",
    "a load that read before a cancellation which another load has found": "SEATS=1 CANCEL FREE_UNMARKED",
    "settle an attempt whose entry is gone": "SEATS=1 CANCEL SETTLE_UNANNOUNCED",
    # Not a broken protocol, but what design.md does not close: the model knows of it, and excuses nothing else.
    "Redis forgets while an insert is under way": "SEATS=1 FLUSHALL NOTHING_IS_EXCUSED",
}
# Those that the code had when the model was written break even what was told to clients.
BY_THE_LETTER = ("the proof after the read", "the same, read first, without a lagging majority",
                 "settle after E11000 though nothing is seen", "settle a part of a booking")

# States that must be reachable, or the promises would be kept by a model in which nothing happens.
WITNESSES = {
    "sold and settled": ("SEATS=1", "sold && !hold[0] && !entry[0]"),
    "sold, and the settle was lost": ("SEATS=1", "doc[0] && !sold && entry[0] == LAPSED && !owned[0]"),
    "two attempts of one confirmation": ("SEATS=1", "owned[0] && owned[1] && user[0] == user[1] && write[1] == SENT"),
    "sold to one, held by another": ("SEATS=1 FLUSHALL", "doc[0] == 1 && HOLDER(0) == 2 && gap"),
    "stored, unacknowledged, past its deadline": ("SEATS=1", "write[0] == STORED && !in_time[0]"),
    "E11000 of our own insert": ("SEATS=1", "step[0] == REVIEW && write[attempt[0]] == STORED"),
    "two loads, a sale between them": ("SEATS=1", "LOADING(0) && LOADING(1) && newer[0] && !newer[1]"),
    "late, with another attempt under way": ("SEATS=1", "LIFE(0) == LAST && CONFIRMING(1)"),
    "older data, an attempt in flight": ("SEATS=1 RESTART", "!same_run && entry[0] == LIVE && write[0] == SENT"),
    "older data, a sale undone": ("SEATS=1 RESTART", "born && !same_run && doc[0] && !sold && hold[0]"),
    "another program's sale, told": ("SEATS=1 EXTERNAL UNTIL", "doc[0] == OTHER_PROGRAM && sold_since == 2 && told"),
    "cancelled, and sold again": ("SEATS=1 CANCEL", "undone[0] && doc[0] && sold"),
    "cancelled, and the settle was lost": ("SEATS=1 CANCEL", "ghost && sold && !doc[0] && step[0] == IDLE && step[1] == IDLE"),
    "sold again before the cancellation is settled":
        ("SEATS=1 CANCEL", "step[0] == CANCEL_MOVED && sold && !newer[0] && doc[0] == 2"),
    "a part of a booking cancelled": ("SEATS=2 FEWER CANCEL", "!doc[0] && doc[1] && ghost == 1 && step[0] == CANCEL_MOVED"),
    "a batch in its last seconds": ("SEATS=2 FEWER", "batch && LIFE(0) == LAST"),
    "a batch sold at once": ("SEATS=2 FEWER", "one_booking && sold == 3 && !hold[0]"),
    "half a transaction read": ("SEATS=2 FEWER", "step[0] == SETTLE_FOUND && view[0] == 2 && one_booking"),
}


class Search:
    """All states of the model with these options; breadth first finds the shortest story, and needs more memory."""

    def __init__(self, folder, options, breadth_first, never):
        self.folder = folder
        self.defines = [f"-D{option}" for option in options.split()]
        self.model = folder / "model.pml"
        self.model.write_text((f"#define NEVER {never}\n" if never else "") + f'#include "{MODEL}"\n')
        self.must(["spin", *self.defines, "-a", "model.pml"])
        how = ["-O1", "-DBFS"] if breadth_first else ["-O2"]
        self.must(["gcc", *how, "-w", "-DSAFETY", "-DNOREDUCE", f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c"])
        self.text = self.run(["./pan"] if breadth_first else ["./pan", f"-m{DEPTH}", "-w26"], 1500).stdout
        found = re.search(r"errors: (\d+)\n\s*(\d+) states, stored", self.text)
        assert found, f"SPIN did not get through:\n{self.text[-2000:]}"
        self.errors, self.states = int(found[1]), int(found[2])
        seconds = re.search(r"elapsed time ([\d.]+)", self.text)
        print(f"{options}: {self.states} states, {self.errors} errors, {seconds[1] if seconds else '?'} s")

    def run(self, command, limit=120):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=limit, check=False)

    def must(self, command):
        made = self.run(command)
        assert made.returncode == 0, made.stdout + made.stderr

    @property
    def complete(self):
        return "Full statespace search" in self.text and not CUT_SHORT.search(self.text)

    @property
    def broken_promise(self):
        return re.search(r"^pan:1: assertion violated", self.text, re.M)

    def story(self):
        """How the error came about: the steps by name, then the end of it statement by statement."""
        steps = self.run(["spin", *self.defines, "-t", "model.pml"]).stdout
        statements = self.run(["spin", *self.defines, "-t", "-p", "model.pml"]).stdout
        tail = "\n".join(statements.splitlines()[-40:])
        return f"with {' '.join(self.defines)}:\n{self.text[:400]}\n{steps}\n...\n{tail}"


@pytest.fixture
def search(tmp_path):
    def made(options, *, breadth_first=False, never=None):
        return Search(tmp_path, options, breadth_first, never)
    return made


def assert_kept(found):
    assert not found.errors, found.story()
    assert found.complete, f"not all states were looked at:\n{found.text[-2000:]}"
    assert found.states > 1_000_000, "the model has become too small to show anything"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("options", SHORT.values(), ids=SHORT)
def test_promises_are_kept(search, options):
    assert_kept(search(options))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("options", LONG.values(), ids=LONG)
def test_promises_are_kept_in_larger_bounds(search, options):
    assert_kept(search(options))


@pytest.mark.parametrize("options", BROKEN.values(), ids=BROKEN)
def test_broken_protocols_are_refuted(search, options):
    found = search(options, breadth_first=True)
    assert found.errors > 0, "not refuted: the model would not notice this either"
    assert found.broken_promise, found.text[-2000:]


@pytest.mark.parametrize("name", BY_THE_LETTER)
def test_refuted_by_the_letter(search, name):
    found = search(BROKEN[name] + " BY_THE_LETTER", breadth_first=True)
    assert found.errors > 0 and found.broken_promise, found.text[-2000:]


@pytest.mark.parametrize("options, state", WITNESSES.values(), ids=WITNESSES)
def test_it_does_happen(search, options, state):
    found = search(options, breadth_first=True, never=state)
    assert found.errors > 0 and found.broken_promise, f"never reached: {state}"
