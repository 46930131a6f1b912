"""Fuzzes: builds the targets with clang-19, libFuzzer, ASan and UBSan in build-fuzz/ and runs them, two at a time.

  run.py [SECONDS [TARGET...]]   60 seconds each; all targets

What it learns is kept in build-fuzz/corpus/, an input that fails in build-fuzz/crashes/ (and it exits 1). To see one again:
build-fuzz/tests/fuzz/TARGET FILE. Mended, the input goes to tests/fuzz/corpus/TARGET/, which `make check` replays.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("FUZZ_BUILD", ROOT / "build-fuzz"))
TARGETS = sorted(folder.name for folder in (HERE / "corpus").iterdir())
JOBS = 2
INPUT_MAX = 4096
HANG_SECONDS = 60  # of a clock on the wall, while everything else goes first
ENVIRONMENT = {
    **os.environ,
    # Lengths that a peer makes up end in NULL, as without a sanitizer, and not in a report.
    "ASAN_OPTIONS": "allocator_may_return_null=1:max_allocation_size_mb=8192",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/bin/llvm-symbolizer-19",
}


def build():
    BUILD.mkdir(exist_ok=True)
    if not (ROOT / "configure").exists():
        subprocess.run(["autoreconf", "--install"], cwd=ROOT, check=True)
    with open(BUILD / "build.log", "w", encoding="utf-8") as log:
        def run(*command):
            done = subprocess.run(command, cwd=BUILD, stdout=log, stderr=log, check=False)
            if done.returncode:
                sys.exit(f"fuzz: {command[0]} failed: {log.name}")
        if not (BUILD / "config.status").exists():
            run(ROOT / "configure", "CC=clang-19", "CFLAGS=-O1 -g",
                "--with-sanitizers=address,undefined,fuzzer-no-link")
        # In the place of the main that replays a corpus (see Makefile.am).
        run("make", f"-j{JOBS}", "FUZZ_ENGINE=", "LDFLAGS=-fsanitize=fuzzer", *(f"tests/fuzz/{name}" for name in TARGETS))


def fuzz(name, seconds):
    """(finished well, one line that says how it went)"""
    learnt, crashes = BUILD / "corpus" / name, BUILD / "crashes"
    for folder in (learnt, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    log = BUILD / f"{name}.log"
    with open(log, "wb") as out:
        done = subprocess.run(
            ["nice", "-n", "19", BUILD / "tests/fuzz" / name, f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}",
             f"-max_len={INPUT_MAX}", "-malloc_limit_mb=100000", "-rss_limit_mb=3000", "-close_fd_mask=3",
             "-print_final_stats=1", f"-dict={HERE / 'words.dict'}", f"-artifact_prefix={crashes / name}-",
             learnt, HERE / "corpus" / name],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=ENVIRONMENT, timeout=seconds + 300, check=False)
    text = log.read_text(errors="replace")
    if done.returncode:
        why = re.findall(r"^.*(?:not so|ERROR:|SUMMARY|runtime error|Test unit written).*$", text, re.M)
        return False, f"{name}: FAILED, exit {done.returncode}: {log}\n  " + "\n  ".join(why[:8])
    runs = re.search(r"number_of_executed_units: (\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    return True, f"{name}: {int(runs[1]):,} runs, {covered[-1]} edges covered, nothing found"


def main(words):
    seconds = int(words[0]) if words else 60
    names = words[1:] or TARGETS
    if not set(names) <= set(TARGETS):
        sys.exit(f"fuzz: there are {', '.join(TARGETS)}")
    build()
    with ThreadPoolExecutor(JOBS) as pool:
        fine = True
        for well, line in pool.map(lambda name: fuzz(name, seconds), names):
            print(line, flush=True)
            fine = fine and well
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
