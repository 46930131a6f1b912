"""bash completion: asked of a real bash, it offers what the programs take, and nothing that they refuse."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from lib.tables import ROOT, read

FILES = sorted((ROOT / "completion").iterdir())
BUILD = Path(os.environ.get("BUILD_DIR", ROOT / "build"))
SEED = BUILD / "boxoffice-seed"
# Arguments with which a command is complete; options that stand in each other's way.
COMMANDS = {"init": [], "show": ["--title", "T", "--seats", "1"], "import": ["FILE"], "list": [], "bookings": ["SHOW"],
            "cancel": ["BOOKING"], "block": ["SHOW", "S1"], "unblock": ["SHOW", "S1"]}
# As bash itself would: the file is looked for by the command's name, in the standard place below a data folder.
ASK = """
XDG_DATA_DIRS=$1; shift
. /usr/share/bash-completion/bash_completion
__load_completion "$1" || exit 3
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
compopt() { :; }
read -ra how < <(complete -p "$1")
if [[ ${how[1]} == -F ]]; then "${how[2]}" "$1" "${@: -1}" "${@: -2:1}"; printf '%s\\n' "${COMPREPLY[@]}"
else eval "compgen $(complete -p "$1" | sed "s/^complete //; s/ $1\\$//") -- \\"\\${*: -1}\\""; fi
"""


@pytest.fixture(scope="module")
def offers(tmp_path_factory):
    """What bash offers for the last of these words."""
    data = tmp_path_factory.mktemp("data")
    place = read("Makefile.am").split("bashcompletiondir = $(datadir)/")[1].split("\n")[0]
    (data / place).parent.mkdir(parents=True)
    (data / place).symlink_to(ROOT / "completion")
    here = data / "here"
    (here / "folder").mkdir(parents=True)
    (here / "some.json").touch()
    (here / "some.txt").touch()

    def ask(*words):
        done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", data, *words], capture_output=True, text=True,
                              check=False, cwd=here, env={**os.environ, "HOME": str(data)})
        assert done.returncode == 0 and not done.stderr, done.stderr
        return [line for line in done.stdout.split("\n") if line]
    return ask


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shellcheck_is_content(path):
    done = subprocess.run(["shellcheck", "-s", "bash", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def options_of(source):
    table = re.search(r"static const struct option \w+\[\] = \{(.*?)NULL, 0\}\}", read(source), re.S).group(1)
    return set(re.findall(r'\{"([\w-]+)"', table)), set(re.findall(r"'(\w)'", table))


@pytest.mark.parametrize("program, source", [("boxoffice-fcgi", "src/main.c"), ("boxoffice-feed", "feed/main.c")])
def test_options_are_offered(offers, program, source):
    long, short = options_of(source)
    assert sorted(offers(program, "-")) == sorted([f"--{name}" for name in long] + [f"-{name}" for name in short])
    assert offers(program, "--he") == ["--help"]


def test_commands_are_offered(offers):
    table = re.search(r"\} commands\[\] = \{(.*?)\n\};", read("seed/options.c"), re.S).group(1)
    commands = re.findall(r'\{"(\w+)",', table)
    assert offers("boxoffice-seed", "") == commands and set(commands) == set(COMMANDS)
    assert offers("boxoffice-seed", "--json", "b") == ["bookings", "block"]
    assert offers("boxoffice-seed", "list", "") == []


def accepted(*words):
    """Is this how it is used? A setting that nobody knows ends it before it asks a store."""
    done = subprocess.run([SEED, *words], capture_output=True, text=True, check=False, env={"BOXOFFICE_NONSENSE": "1"})
    assert done.returncode in (2, 4), done.stderr
    return done.returncode == 4


def with_option(command, option):
    table = re.search(r"long_options\[\] = \{(.*?)NULL, 0\}\}", read("seed/options.c"), re.S).group(1)
    words = [f"--{option}", *(["1"] if f'"{option}", required' in table else [])]
    others = COMMANDS.get(command, [])
    if option in others or option == "layout":  # one of --seats and --layout
        others = ["--title", "T"] if option != "title" else ["--seats", "1"]
    return [*([command] if command else []), *others, *words]


@pytest.mark.parametrize("command", [*COMMANDS, ""], ids=lambda name: name or "none")
def test_options_of_a_command_are_those_that_it_takes(offers, command):
    assert accepted(*([command] if command else []), *COMMANDS.get(command, []))
    taken = {name for name in options_of("seed/options.c")[0] - {"help", "version"} if accepted(*with_option(command, name))}
    assert set(offers("boxoffice-seed", *([command] if command else []), "-")) == \
        {f"--{name}" for name in taken} | {"--help", "--version", "-h", "-V"}


@pytest.mark.parametrize("line, offered", [
    ("import ''", ["folder", "some.json"]), ("show --layout ''", ["folder", "some.json"]), ("show --layout=s", ["some.json"]),
    ("show --title ''", []), ("show --title=x --st", ["--start"]), ("bookings ''", []), ("cancel --show init --j", ["--json"]),
    ("--title list b", ["bookings", "block"])])  # there `list` is the title
def test_arguments(offers, line, offered):
    assert sorted(offers("boxoffice-seed", *shlex.split(line))) == sorted(offered)
