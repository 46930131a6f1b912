"""The manual pages: man takes them, and what they list is what the code lists. bash completion: test_completion.py."""

import os
import re
import subprocess

import pytest

from lib.tables import ROOT, read, settings

PAGES = {path.name: path.read_text() for path in sorted((ROOT / "man").iterdir())}
PROGRAMS = {"boxoffice-fcgi": ("boxoffice-fcgi.8", "src/main.c"), "boxoffice-feed": ("boxoffice-feed.8", "feed/main.c"),
            "boxoffice-seed": ("boxoffice-seed.1", "seed/options.c")}
SEED = PAGES["boxoffice-seed.1"]


def section(page, title):
    return re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", PAGES[page], re.S | re.M).group(1)


def run(*words, **variables):
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={
        **os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80", **variables})
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_man_takes_the_page(page):
    run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(ROOT / "man" / page))
    name, _, manual = page.rpartition(".")
    assert f"{name} - " in run("lexgrog", str(ROOT / "man" / page)), "whatis would not find it"
    assert f".Dt {name.upper()} {manual}\n" in PAGES[page]


def test_man_would_say_what_it_does_not_understand(tmp_path):
    (tmp_path / "bad.1").write_text(SEED.replace(".Sh OPTIONS", ".Sj OPTIONS"))
    with pytest.raises(AssertionError, match="Sj"):
        run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(tmp_path / "bad.1"))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_what_readers_look_for(page):
    titles = re.findall(r"^\.Sh (.+)$", PAGES[page], re.M)
    assert {"NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"} <= set(titles)
    assert titles.index("EXAMPLES") < titles.index("SEE ALSO") == len(titles) - 1
    ours = {f"{name} {manual}" for name, _, manual in (other.rpartition(".") for other in PAGES if other != page)}
    assert ours <= set(re.findall(r"^\.Xr (\S+ \d)", section(page, "SEE ALSO"), re.M))


@pytest.mark.parametrize("program", PROGRAMS)
def test_options_are_those_of_the_code(program):
    page, source = PROGRAMS[program]
    table = re.search(r"static const struct option \w+\[\] = \{(.*?)NULL, 0\}\}", read(source), re.S).group(1)
    known = re.findall(r'\{"([\w-]+)", (no|required)_argument, NULL, (?:\'(\w)\'|\w+)\}', table)
    assert len(known) == table.count("_argument") > 1
    told = re.findall(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)( Ar)?", section(page, "OPTIONS"), re.M)
    assert {(name, argument == "required", short) for name, argument, short in known} == \
        {(name, bool(argument), short) for short, name, argument in told}


@pytest.mark.parametrize("program", PROGRAMS)
def test_exit_statuses_are_those_of_the_code(program):
    page, source = PROGRAMS[program]
    source = "seed/seed.h" if program == "boxoffice-seed" else source
    table = re.search(r"^enum (?:exit_status|seed_exit) \{(.*?)\}", read(source), re.S | re.M).group(1)
    assert re.findall(r"= (\d+)", table) == re.findall(r"^\.It (\d+)$", section(page, "EXIT STATUS"), re.M)


def test_commands_of_seed_are_those_of_the_code():
    table = re.search(r"\} commands\[\] = \{(.*?)\n\};", read("seed/options.c"), re.S).group(1)
    assert re.findall(r'\{"(\w+)",', table) == re.findall(r"^\.It Cm (\w+)$", section("boxoffice-seed.1", "COMMANDS"), re.M)


def test_synopsis_of_seed_is_its_usage():
    text = "".join(re.findall(r'"(.*)\\n"', read("seed/options.c").split("help_text[] =")[1].split(r'"\n"')[0]))
    shown = run("man", "-P", "cat", "-l", str(ROOT / "man/boxoffice-seed.1"), MANWIDTH="1000")
    synopsis = shown.split("SYNOPSIS\n")[1].split("\nDESCRIPTION")[0]
    assert text.removeprefix("Usage:").split() == synopsis.split()


def test_settings_are_those_of_the_code():
    told = {}
    for name, text in re.findall(r"^\.It Ev (\w+)\n(.*?)(?=^\.It |^\.El)", section("boxoffice.conf.5", "VARIABLES"), re.S | re.M):
        number = re.search(r"^(\d+ to \d+) (\w+); default (\d+)\.$", text, re.M)
        default = re.search(r"^Default:(?: empty\.|\n\.Ql (\S+) \.)$", text, re.M)
        assert bool(number) != bool(default), name
        told[name] = (number[3], number[1], number[2]) if number else (default[1] or "", "", "")
    assert told == settings()


@pytest.mark.parametrize("page, source", [("boxoffice-feed.8", "feed"), ("boxoffice-seed.1", "seed")])
def test_a_program_names_the_settings_that_it_reads(page, source):
    """What its help says of them; the page tells no other."""
    text = read(f"{source}/main.c" if source == "feed" else "seed/options.c")
    text = text.split("This one reads")[1].split("of these")[0] if source == "feed" else text.split("Environment, as of")[1]
    named = {name for name in settings() if name in text}
    assert named == set(re.findall(r"^\.It Ev (\w+)$", section(page, "ENVIRONMENT"), re.M)) - {"BOXOFFICE_MAX_HELD"}


def test_secrets_may_be_files():
    secret = set(re.findall(r'^BO_CONFIG_TEXT\("(\w+)", \w+, "[^"]*", true', read("src/util/config.def"), re.M))
    assert secret == {name.removesuffix("_FILE") for name in re.findall(r"^\.Ev (\w+_FILE)", PAGES["boxoffice.conf.5"], re.M)}


def test_all_are_installed():
    listed = re.search(r"^dist_man_MANS = (.*(?:\\\n.*)*)", read("Makefile.am"), re.M).group(1).replace("\\\n", " ").split()
    assert set(listed) == {f"man/{page}" for page in PAGES}
