"""doc/migration.md, step by step: the Node program and the workers behind one nginx, shows moved one by one, and back."""

import re
import subprocess
import sys

import pytest
from boxsite.waiting import free_port
from bson import ObjectId

from lib.client import Client, new_user
from lib.node_program import PREFIX, NodeProgram
from lib.problems import assert_problem
from lib.production import ROOT, Production
from lib.shows import now, worker_settings

COMPARE = (sys.executable, ROOT / "tools/compare_programs.py")
PAGE = (ROOT / "doc/migration.md").read_text()


@pytest.fixture(scope="module")
def node_program(site):
    with worker_settings(site, BOXOFFICE_NODE_HOLDS=1, BOXOFFICE_BOARD_SECONDS=1), NodeProgram(site) as program:
        yield program


@pytest.fixture
def node(node_program):
    return Client(node_program, PREFIX)


class Front(Production):
    """The production site with the migration's two examples, as the page tells."""

    def __init__(self, folder, site, program):
        examples = ROOT / "nginx/examples"
        self.moved = []
        self.inner_port = free_port()
        super().__init__(folder, site.fcgi_socket, lines=(examples / "migration.conf").read_text())
        self.inner_url = f"http://127.0.0.1:{self.inner_port}"
        block = re.search(r"^    (server \{\n        listen 127\.0\.0\.1:8081;\n.*?^    \}\n)", PAGE, re.S | re.M).group(1)
        self.inner = block.replace("127.0.0.1:8081", f"127.0.0.1:{self.inner_port}")
        self.maps = (examples / "migration-http.conf").read_text().replace("127.0.0.1:3000", f"127.0.0.1:{program.port}")

    def site_file(self):
        rows = "".join(f"    {show} boxoffice_new;\n" for show in self.moved)
        self.blocks = self.maps.replace("    # 6b06fb1ee566dfe0ee09a942 boxoffice_new;\n", rows)
        assert not rows or rows in self.blocks
        self.blocks += self.inner
        return super().site_file()

    def move(self, *shows):
        self.moved = shows
        self.configure()
        assert self.reload()


@pytest.fixture(scope="module")
def front(site, node_program, tmp_path_factory):
    nginx = Front(tmp_path_factory.mktemp("front"), site, node_program)
    nginx.start()
    yield nginx
    nginx.stop()


def served_by(answer):
    """Workers name their holds; the Node program knows no tags."""
    return "workers" if "holdId" in answer.text or "ETag" in answer.headers or "problem" in answer.headers["Content-Type"] else "node"


def test_shows_are_moved_one_by_one_and_back(front, records):
    ours, theirs = records.show(), records.show()
    for prefix in ("", PREFIX):
        client = Client(type("Front", (), {"base_url": front.tls_url}), prefix)
        client.session.verify = str(front.cert)

        def programs(show):
            user = new_user()
            seats = [seat for seat, state in client.seat_map(show).items() if state == "available"][:2]
            answers = [client.status(show), client.summary(show), client.hold(show, seats[0], user),
                       client.hold(show, seats, new_user())]
            client.must_confirm(show, seats[0], user)
            assert answers[1].status_code == 200 and answers[2].status_code == 200 and answers[3].status_code == 409
            return [served_by(answers[0]), served_by(answers[2]), served_by(answers[3])]
        front.move(ours)
        assert programs(ours) == ["workers"] * 3 and programs(theirs) == ["node"] * 3
        front.move()
        assert programs(ours) == ["node"] * 3 and programs(theirs) == ["node"] * 3
        front.move(ours, theirs)
        assert programs(ours) == ["workers"] * 3 and programs(theirs) == ["workers"] * 3
        assert client.must_best(theirs, 2, new_user())["holdId"]
        front.move()
        assert client.must_best(theirs, 2, new_user())["holdId"], "the Node program has no such path"


@pytest.mark.parametrize("body", [
    b'{"seatNumber":["S1"],"userId":"u","showId":"%s"}', b'{\n "showId" :\n\t"%s",\n "seatNumber": "S1", "userId": "u"}',
    b'{"pad": "' + b"x" * 60000 + b'", "showId": "%s", "seatNumber": "S1", "userId": "u"}'], ids=["last", "lines", "long"])
@pytest.mark.parametrize("chunked", [False, True], ids=["", "chunked"])
def test_the_show_is_found_in_the_body(front, records, body, chunked):
    show = records.show()
    front.move(show)
    body = body.replace(b"%s", show.encode())
    answer = front.client().request("POST", "/hold", data=iter([body[:30], body[30:]]) if chunked else body,
                                    headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400) and served_by(answer) == "workers", answer.text


def test_errors_keep_their_form(front, node_program, records):
    client, show = front.client(), records.show()
    front.move()
    assert_problem(client.get("/hold"), 405, "method_not_allowed")
    assert_problem(client.post(f"/status/{show}", {}), 405, "method_not_allowed")
    assert_problem(client.post("/confirm", b"x" * 70000), 413, "too_large")
    assert_problem(client.request("POST", "/hold", data=iter([b"x" * 50000] * 2)), 413, "too_large")
    assert client.request("OPTIONS", "/hold").headers["Allow"] == "POST, OPTIONS"
    assert_problem(client.get("/_boxoffice/body"), 404, "not_found")
    node_program.refuse(True)
    try:
        assert_problem(client.hold(show, "S1", "u"), 503, "unavailable")
        assert_problem(client.status(show), 503, "unavailable")
        front.move(show)
        client.must_hold(show, "S1", "u")
    finally:
        node_program.refuse(False)


def compare(front, program, *words, stdin=""):
    done = subprocess.run([*COMPARE, program.base_url + PREFIX, front.inner_url, *words], input=stdin, capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_dry_run_finds_both_alike(site, front, node_program, client, node, records):
    """A database as the Node program lays it out: doubles, __v, no bookingId, no createdAt, a hold of its own."""
    old = str(records.db.shows.insert_one({"movieTitle": "Alt", "startTime": now(), "totalSeats": 12.0, "__v": 0}).inserted_id)
    records.db.bookings.insert_one({"showId": ObjectId(old), "seatNumber": "S3", "userId": "u", "__v": 0})
    show = records.show()
    records.book(show, "S1", new_user())
    Client.must(node.hold(show, "S2", new_user()))
    client.must_hold(show, "S3", new_user())
    # Shows that other tests left have what the Node program knows nothing of.
    listed = [found for found in re.findall(r'"showId": ?"(\w{24})"', site.seed("list", "--json").stdout) if found in (old, show)]
    assert len(listed) == 2
    status, text = compare(front, node_program, stdin="\n".join(listed))
    assert f"same    {show} Metropolis: 20 seats, 1 booked, 2 held" in text, text
    assert f"same    {old} Alt: 12 seats, 1 booked, 0 held" in text
    assert status == 0 and "DIFFERS" not in text, text
    status, text = compare(front, node_program, "f" * 24)
    assert status == 0 and "both answer 404" in text, text


def test_the_stores_are_prepared(site, node_program):
    """Step 1, on a database that has what that program makes: checked with the switch on."""
    done = site.seed("init")
    assert done.returncode == 0, done.stderr
    checked = subprocess.run([site.build_dir / "boxoffice-fcgi", "-t"], env=site.workers.environment(), capture_output=True, text=True,
                             timeout=20, check=False)
    assert checked.returncode == 0 and site.workers.environment()["BOXOFFICE_NODE_HOLDS"] == "1", checked.stdout


def test_the_dry_run_tells_what_differs(front, node_program, node_without_board, records):
    show = records.show()
    status, text = compare(front, node_without_board, show, "--tries", "2", "--pause", "0.1", "--most", "1")
    assert status == 1 and f"DIFFERS {show} Metropolis: in 3 points" in text and "and 2 more" in text, text
    assert "seat S5: held at the first, available at the second" in text


@pytest.fixture
def node_without_board(node_program):
    """It counts a hold that nobody has made."""
    plain = node_program.box.states
    node_program.box.states = lambda show: [(seat, "held" if seat == "S5" else state) for seat, state in plain(show)]
    yield node_program
    node_program.box.states = plain


def test_the_dry_run_waits_for_what_is_only_late(front, node_program, client, records):
    """A sale that the board has not read of yet is no difference."""
    show = records.show()
    client.seat_map(show)
    records.book(show, "S1", new_user())
    assert compare(front, node_program, show, "--pause", "0.5", "--tries", "10")[0] == 0


def test_the_dry_run_says_who_does_not_answer(front, node_program, records):
    show = records.show()
    node_program.refuse(True)
    try:
        status, text = compare(front, node_program, show, "--timeout", "2")
    finally:
        node_program.refuse(False)
    assert status == 2 and f"FAILED  {show}" in text, text
    assert compare(front, node_program, "no-id")[0] == 64
    assert compare(front, node_program, show, "--tries", "0")[0] == 64
