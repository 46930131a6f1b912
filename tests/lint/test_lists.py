"""Lists that stand in more places than one: statuses, suites, programs."""

import re

import pytest

from lib.tables import ROOT, problems, read, table


def statuses():
    """All that a worker answers: of problems, and as handlers and router set them."""
    found = {status for status, _ in problems().values()}
    for path in (*ROOT.glob("src/api/*.c"), ROOT / "src/http/router.c"):
        for words in re.findall(r"status = ([^;]+);|bo_response_json\(response, request, ([^;]+?), BO_TYPE_", path.read_text()):
            found |= set(re.findall(r"\b[1-5]\d\d\b", " ".join(words)))
    assert {"200", "201", "204", "304", "503"} <= found
    return found


@pytest.mark.parametrize("path, table_of", [
    ("src/http/response.c", r"phrases\[\] = \{(.*?)\};"), ("src/util/metrics.c", r"statuses\[\] = \{(.*?)\};")])
def test_every_status_has_a_phrase_and_is_counted(path, table_of):
    listed = set(re.findall(r"\b\d{3}\b", re.search(table_of, read(path), re.S).group(1)))
    assert listed == statuses()


def words_of(text):
    return set(re.findall(r"\w+", text))


def test_documents_name_the_suites_of_run_py():
    runner = read("tests/run.py")
    short, more = (set(re.findall(r'"(\w+)"', re.search(rf"^{name} = \((.*?)\)", runner, re.M).group(1)))
                   for name in ("SUITES", "MORE_SUITES"))
    assert len(short) > 5 and len(more) > 2
    usage = re.search(r"test \[SUITE .*?\]\n(.*?):\s+without a name .*?; (.*?); all:", read("dev"), re.S)
    assert words_of(usage.group(1)) == short and words_of(usage.group(2)) == more
    contributing = read("CONTRIBUTING.md")
    assert words_of(re.search(r"\./dev test +# (.*), in their short forms", contributing).group(1)) == short
    assert words_of(re.search(r"`\./dev test all` \|.*, and (.*?) \(", contributing).group(1)) == more
    assert {row[0].strip("/").removeprefix("tests/") for row in table("CONTRIBUTING.md", "| suite ")} == short | more
    tree = re.search(r"^    tests/ +(.*)$", read("README.md"), re.M).group(1)
    assert words_of(tree) == short | more


def test_git_ignores_every_program_that_is_made():
    makefile = read("Makefile.am").replace("\\\n", " ")
    made = {word for line in re.findall(r"^(?:bin|check|EXTRA)_PROGRAMS = (.*)$|^fuzz_programs = (.*)$", makefile, re.M)
            for word in " ".join(line).split() if not word.startswith("$")}
    assert len(made) > 15
    ignored = set(read(".gitignore").split("\n"))
    assert {f"/{name}" for name in made} <= ignored
    of_tests = {line.strip("/") for line in ignored if re.fullmatch(r"/tests/(unit|fuzz|bench)/\w+", line)}
    assert of_tests <= made, "a name that nothing makes"
