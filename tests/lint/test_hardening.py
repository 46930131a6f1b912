"""What the binaries themselves tell of how they were built (the flags are in configure.ac)."""

import re
import subprocess

import pytest
from lib.builds import BUILD

LIBRARIES = {"boxoffice-fcgi": {"libc", "libmongoc", "libbson", "libjson", "libfcgi", "libhiredis", "libcrypto"},
             "boxoffice-feed": {"libc", "libhiredis", "libcurl"},
             "boxoffice-seed": {"libc", "libmongoc", "libbson", "libjson", "libhiredis"}}
GENERATING = {"-fstack-protector-strong", "-fstack-clash-protection", "-fcf-protection=full", "-ftrivial-auto-var-init=zero",
              "-fno-delete-null-pointer-checks", "-fno-strict-overflow", "-fno-strict-aliasing", "-fPIE"}
WARNING = {"-Wall", "-Wextra", "-Wformat=2", "-Wconversion", "-Warith-conversion", "-Wimplicit-fallthrough", "-Wtrampolines",
           "-Wbidi-chars=any", "-Werror=format-security", "-Werror=implicit", "-Werror=incompatible-pointer-types",
           "-Werror=int-conversion"}
ASKED = {"-D_FORTIFY_SOURCE=3", "-pie", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack", "-Wl,-z,nodlopen", "-Wl,--as-needed"}


def tell(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(params=LIBRARIES)
def program(request):
    path = BUILD / request.param
    text = (BUILD / "config.log").read_text(errors="replace")
    if "-fsanitize=" in next(line for line in text.splitlines() if line.startswith("BO_CFLAGS=")):
        pytest.skip("a build with sanitizers is not hardened")
    return path


def test_position_independent(program):
    assert "Position-Independent Executable" in tell("readelf", "-lW", program)


def test_relocations_are_read_only_from_the_start(program):
    assert "GNU_RELRO" in tell("readelf", "-lW", program)
    dynamic = tell("readelf", "-dW", program)
    assert "BIND_NOW" in dynamic and re.search(r"FLAGS_1.*\bNOW\b", dynamic)


def test_nothing_is_both_written_and_run(program):
    segments = tell("readelf", "-lW", program)
    stack = re.search(r"GNU_STACK.*", segments)[0].split()
    assert stack[6] == "RW", stack
    assert not re.search(r"^\s+LOAD.*\bRWE\b", segments, re.M)


def test_stack_protector(program):
    assert "__stack_chk_fail" in tell("readelf", "--dyn-syms", "-W", program)


def test_fortified(program):
    symbols = set(re.findall(r"\b(__?\w+_chk)@", tell("readelf", "--dyn-syms", "-W", program)))
    assert {"__snprintf_chk", "__vsnprintf_chk"} <= symbols, symbols


def test_branch_targets_are_marked(program):
    """-fcf-protection=full. (No note says so, since Debian's crt1.o has none.)"""
    assert tell("objdump", "-d", program).count("endbr64") > 50


def test_only_what_is_used_is_linked(program):
    """--as-needed; and nothing is looked for where the program happens to lie."""
    dynamic = tell("readelf", "-dW", program)
    assert not re.search(r"R(UN)?PATH", dynamic)
    needed = set(re.findall(r"\(NEEDED\).*\[(\w+)[-.\w]*\.so", dynamic))
    assert needed - {"libm"} == LIBRARIES[program.name], needed  # libm: libfcgi's


def test_no_stack_is_stepped_over(program):
    """-fstack-clash-protection: a frame of pages is touched page by page as it is made."""
    assert re.search(r"orq +\$0x0,(0x\w+)?\(%rsp\)", tell("objdump", "-d", "--no-show-raw-insn", program))


def test_each_file_was_compiled_so(program):
    """The compiler writes down with what it made each of our files, where it writes what a debugger reads."""
    made = re.findall(r"DW_AT_producer +: .*?(GNU C\d+ .*|clang .*)", tell("readelf", "--debug-dump=info", "-W", program))
    assert made
    for flags in made:
        assert GENERATING <= set(flags.split()), flags
        assert not re.search(r"-ftrivial-auto-var-init=(?!zero)|-fcf-protection=(?!full)", flags), "taken back"


def test_what_leaves_no_trace():
    """Warnings, and what asks the linker and the preprocessor. (nodlopen: ld takes it back for programs.)"""
    told = re.findall(r"^BO_(?:C|CPP|LD)FLAGS='(.*)'$", (BUILD / "config.log").read_text(errors="replace"), re.M)
    assert WARNING | ASKED <= set(" ".join(told).split())


# What is put in the place of a flag, and the check that must then fail.
SOFTENED = {
    "-fno-PIE -no-pie": test_position_independent,
    "-Wl,-z,norelro": test_relocations_are_read_only_from_the_start,
    "-Wl,-z,lazy": test_relocations_are_read_only_from_the_start,
    "-Wl,-z,execstack": test_nothing_is_both_written_and_run,
    "-fno-stack-protector": test_stack_protector,
    "-D_FORTIFY_SOURCE=0": test_fortified,
    "-fcf-protection=none": test_branch_targets_are_marked,
    "-fno-stack-clash-protection": test_no_stack_is_stepped_over,
    "-ftrivial-auto-var-init=uninitialized": test_each_file_was_compiled_so,
    "-fstrict-aliasing": test_each_file_was_compiled_so,
    "-Wl,-rpath,/tmp": test_only_what_is_used_is_linked,
    "-Wl,--no-as-needed -lhiredis": test_only_what_is_used_is_linked,
}
CHECKS = set(SOFTENED.values())
SMALL = """
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
int print(const char *format, ...) {
  char text[1000];
  va_list list;
  va_start(list, format);
  int n = vsnprintf(text, strlen(format) * 9, format, list);
  va_end(list);
  return puts(text) + n;
}
int main(int argc, char **argv) {
  char page[65536];
  int n = snprintf(page, (size_t)argc * 1000, "%s", argv[0]);
  return puts(page) + print("%s", argv[0]) + n;
}
""" + "".join(f"int number_{i}(int x) {{ return x + {i}; }}\n" for i in range(60))


@pytest.fixture
def make_small(tmp_path, monkeypatch):
    """A small program, made with all the flags and these."""
    monkeypatch.setitem(LIBRARIES, "small", {"libc"})

    def make(*more):
        path = tmp_path / "small"
        subprocess.run(["gcc", "-g", "-O2", "-U_FORTIFY_SOURCE", *GENERATING, *ASKED, *more, "-x", "c", "-o", path, "-"],
                       input=SMALL, text=True, check=True, capture_output=True)
        return path
    return make


def test_a_hardened_program_passes(make_small):
    path = make_small()
    for check in CHECKS:
        check(path)


@pytest.mark.parametrize("flags", SOFTENED)
def test_a_program_without_it_is_found_out(make_small, flags):
    path = make_small(*(["-U_FORTIFY_SOURCE"] if "FORTIFY" in flags else []), *flags.split())
    with pytest.raises(AssertionError):
        SOFTENED[flags](path)
