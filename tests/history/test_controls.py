"""Real controls: the box office built with a bug put back, under the same load. A checker that does not see it in a real
log is no evidence, whatever it sees in made ones."""

import os
import shutil
import subprocess

import pytest

from .play import SMALL, Plan
from .rounds import ROOT, run

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
ROUNDS = 4  # chance decides whether a round meets the bug, and a busy machine gives it fewer turns
TABLES = ((SMALL,), (SMALL,))

# (what, plan, rules of which one must be broken, [(file, as it is, with the bug)])
CONTROLS = [
    ("set_without_nx", Plan(8, tables=TABLES), {"leases_overlap"},
     [("src/store/lua/hold.lua", "elseif id and (user ~= me or ends <= now) then",
       "elseif id and user == me and ends <= now then"),
      ("src/store/lua/hold.lua", "if not id then fresh", "if user ~= me then id = nil; fresh"),
      ("src/store/lua/board.lua", "'NX', 'PXAT'", "'PXAT'")]),
    ("no_staleness", Plan(8, ("settle_lost",), TABLES), {"end_differs_from_record"},
     [("src/store/lua/board.lua", "redis.call('ZCOUNT', CONFIRMING, '-inf', text(now)) > 0", "false"),
      ("src/store/lua/board.lua", "board.trusted_until > now", "true"),
      ("src/store/lua/board.lua", "local function claim_refresh()", "local function claim_refresh() do return 0 end")]),
    ("load_replaces", Plan(15, ("worker_pause",), TABLES, board_seconds=1), {"hold_after_sale", "sale_not_shown"},
     [("src/store/lua/load_merge.lua", "and tonumber(sold[i + 1]) <= seen_version then", "then"),
      # The bug by itself; these make the moment longer in which it can be met.
      ("src/boxoffice/loader.c", "#include <string.h>", "#include <string.h>\n#include <unistd.h>"),
      ("src/boxoffice/loader.c", "leave_out_unknown(show, &record);\n  bool", "leave_out_unknown(show, &record);\n  (void)usleep(20000);\n  bool")]),
    ("releases_anothers", Plan(8, tables=TABLES), {"leases_overlap", "lease_shown_available"},
     [("src/store/lua/board.lua", "elseif hold.id and hold.user ~= me then", "elseif hold.id and hold.user == false then")]),
    ("releases_while_confirming", Plan(10, ("worker_pause",), TABLES), {"sold_after_release"},
     [("src/store/lua/board.lua", "elseif announced[seat] then", "elseif announced == seat then")]),
    ("revives", Plan(12, ("mongod_restart", "mongod_cut"), TABLES), {"extension_revives"},
     [("src/store/lua/extend.lua", "if hold and hold.first_end > now then", "if hold then")]),
    ("sold_before_it_is_recorded", Plan(10, ("mongod_restart",), TABLES), {"sale_not_shown", "booked_without_sale"},
     [("src/store/lua/confirm_begin.lua", "table.insert(entries, lapse)", "table.insert(entries, text(next_version()))")]),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the tree, configured; its build/ is what BUILD_DIR names."""
    tree = tmp_path_factory.mktemp("controls") / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns("build", "build-*", ".dev", ".git", "__pycache__"))
    shell(tree, "autoreconf", "--install")
    (tree / "build").mkdir()
    shell(tree / "build", "../configure")
    return tree


def shell(where, *words):
    done = subprocess.run(words, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.mark.parametrize("name, plan, rules, edits", CONTROLS, ids=[control[0] for control in CONTROLS])
def test_the_bug_is_found(copy, monkeypatch, seed, again, name, plan, rules, edits):
    print(f"seed {seed}, again: {again}")
    kept = {path: (copy / path).read_text() for path, _, _ in edits}
    try:
        for path, right, wrong in edits:
            text = (copy / path).read_text()
            assert text.count(right) == 1, f"{path} has changed: where is `{right}`?"
            (copy / path).write_text(text.replace(right, wrong))
        shell(copy / "build", "make", "-j2", "boxoffice-fcgi", "boxoffice-feed", "boxoffice-seed")
        monkeypatch.setitem(os.environ, "BUILD_DIR", str(copy / "build"))
        for number in range(ROUNDS):
            report = run(plan, seed + number, f"control_{name}")
            if report.rules & rules:
                break
        else:
            pytest.fail(f"not found in {ROUNDS} rounds from seed {seed}: {report.text()}")
        shutil.rmtree(report.folder)
    finally:
        for path, text in kept.items():
            (copy / path).write_text(text)
