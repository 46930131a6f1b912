"""A worker that is killed right before the Nth system call of one kind that a request makes (strace), and what must hold
then. Before each call is after the one before it: no other moment can be told apart from outside."""

import re
import subprocess
from collections import Counter

from .client import new_user, order, to_json
from .faults import let_cooldowns_end
from .one_worker import OneWorker, sleeps
from .problems import assert_problem
from .shows import held_keys
from .sweep import Best, Booking, Cancel, Confirm, ConfirmLimited, Extend, Hold, Release
from .waiting import wait_until


class ConfirmThree(Confirm):
    n_seats = 3


class Stale:
    """The board has to be loaded first."""

    def prepare(self):
        super().prepare()
        self.site.redis.client().hset(f"board:{{{self.show}}}", "until", 1)


class StaleHold(Stale, Hold):
    pass


class StaleConfirm(Stale, ConfirmThree):
    pass


# Whoever adds an operation to sweep.py adds it here.
REQUESTS = {"hold": Hold, "best": Best, "extend": Extend, "release": Release, "confirm 1": Confirm, "confirm 3": ConfirmThree,
            "confirm, limited": ConfirmLimited, "booking": Booking, "cancel": Cancel,
            "hold, stale": StaleHold, "confirm 3, stale": StaleConfirm}


class Strace:
    """Attached to a process from `with` on, until its block or the process ends."""

    def __init__(self, pid, *options):
        self.command = ["strace", "--attach", str(pid), *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        assert "attached" in said, f"strace may not attach to a worker (ptrace): {said}{self.process.stderr.read()}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


class Killing(OneWorker):
    """What REQUESTS are made with, and the kill."""

    def send_traced(self, request, *options):
        """(answer or None, pid, is it dead) of one request under strace."""
        pid = self.idle()
        with Strace(pid, *options):
            answer = request.send(self.call)
            wait_until(lambda: sleeps(pid) or pid not in self.site.workers.pids(), 20, "the end of the request")
        return answer, pid, pid not in self.site.workers.pids()

    def calls_of(self, request):
        """{system call: how many of them the request makes}."""
        path = self.site.run_dir / "strace"
        for _ in range(3):  # under strace a busy machine may be too slow for a store's time-out: an honest no
            request.prepare()
            answer, _, dead = self.send_traced(request, "--output", path)
            if answer is None or answer.status_code != 503:
                break
            let_cooldowns_end()
        assert not dead and answer.status_code in request.statuses, answer and answer.text
        request.check(answer)
        return Counter(re.findall(r"^(?:\d+ +)?(\w+)\(", path.read_text(), re.M))

    def kill_at(self, request, call, nth):
        """Returns whether the request came so far."""
        request.prepare()
        answer, pid, dead = self.send_traced(request, f"--trace={call}", f"--inject={call}:signal=KILL:when={nth}",
                                             "--output", "/dev/null")
        try:
            if dead:
                wait_until(lambda: self.site.workers.pids() not in ([], [pid]), 10, "another worker")
            else:
                assert answer is not None, "no answer"
                if answer.status_code not in request.statuses:
                    assert_problem(answer, 503, None)
            self.look_and_check(request, answer)
        except AssertionError as error:
            raise AssertionError(f"killed before {call} number {nth}, at user {request.user}: {error}") from error
        return dead

    def hurt_at(self, request, call, nth, how):
        """The call fails, or is late; the worker lives. how: as strace injects it."""
        request.prepare()
        answer, _, dead = self.send_traced(request, f"--trace={call}", f"--inject={call}:{how}:when={nth}", "--output", "/dev/null")
        try:
            assert not dead, "the worker died"
            self.look_at_answer(request, call, answer)
            self.ask_for_others(request)
            self.look_and_check(request, answer)
        except AssertionError as error:
            raise AssertionError(f"{how} at {call} number {nth}, user {request.user}: {error}") from error

    def look_at_answer(self, request, call, answer):
        """Correct, or an honest no; none at all only where the way to the client failed. It alone is read by read(): what did
        not arrive whole is answered so, and nobody is left to hear it."""
        if answer is None or answer.status_code in request.statuses:
            return
        if call == "read" and answer.status_code != 503:
            assert_problem(answer, {400, 404}, {"malformed", "not_found"})
        else:
            assert_problem(answer, 503, None)

    def ask_for_others(self, request):
        """Who knows nothing of the fault gets the answer to the own question: the id is that of the own hold."""
        redis = self.site.redis.client()
        for _ in range(2):
            seats = [f"S{next(request.numbers)}" for _ in range(2)]
            answer = self.call("POST", "/hold", to_json(order(request.show, seats, new_user("other"))))
            assert answer is not None, "no answer"
            if answer.status_code == 200:
                value = redis.get(f"hold:{{{request.show}}}:{seats[0]}") or b""
                assert value.decode().split(":")[0] == answer.json()["holdId"], "another's answer"
            else:
                assert_problem(answer, 503, None)

    def look_and_check(self, request, answer):
        """As it stands, and as it stands once the request is repeated."""
        self.look(request)
        request.check(answer)
        self.look(request)

    def look(self, request):
        """All or nothing in both stores and on the map, and nobody else gets what is held or sold."""
        held = held_keys(self.site, request.show)
        seats = set(request.seats or held - request.before)  # those of the best seats are chosen by the request
        held &= seats
        sold = set(request.records.bookings(request.show)) & seats
        for found in (sold, held):
            assert found in (set(), seats), f"a part: {found}"
        redis = self.site.redis.client()
        ends = {redis.execute_command("PEXPIRETIME", f"hold:{{{request.show}}}:{seat}") for seat in held}
        assert len(ends) <= 1 and min(ends, default=1) > 0, f"the batch does not lapse as one: {ends}"
        if sold or held:
            order_of_rival = to_json(order(request.show, [min(seats)], new_user("rival")))
            assert_problem(self.must_call("POST", "/hold", order_of_rival), 409, "seats_unavailable")
        states = {seat["seatNumber"]: seat["status"] for seat in
                  self.must_call("GET", f"/status/{request.show}").json()["seats"]}
        shown = {states[seat] for seat in seats}
        assert len(shown) <= 1, f"a part on the map: {shown}"
        assert shown != {"available"} or not (sold or held), "held or sold, and called available"
