#!/bin/bash
# Prints a folder for Python's path that has Playwright and axe-core, as tools/playwright.txt pins them by their hashes:
# downloaded once into the ignored folder .dev/. The system's Python stays as it is.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
list=$root/tools/playwright.txt
# Another list makes another folder.
kept=$root/.dev/playwright-$(sha256sum "$list" | cut -c 1-12)

fail() {
    echo "playwright: $*" >&2
    exit 1
}

download() { # FOLDER
    /usr/bin/python3 -m pip install --quiet --no-input --disable-pip-version-check --no-cache-dir \
        --root-user-action=ignore --no-deps --require-hashes --only-binary=:all: --no-compile --target "$1" -r "$list" >&2
}

fetch() {
    [ "$(uname -m)" = x86_64 ] || fail "the pinned wheels are for x86_64"
    work=$(mktemp -d "$root/.dev/playwright.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "playwright: downloading it (55 MB, once)" >&2
    if ! download "$work"; then
        echo "playwright: the download failed (see above); trying once more" >&2
        rm -rf "${work:?}"/*
        download "$work" || fail "no download. Needs a way to Python's package index (pip's own settings apply)"
    fi
    rm -rf "$root/.dev"/playwright-*
    chmod 0755 "$work"
    mv "$work" "$kept"
}

if [ ! -d "$kept" ]; then
    mkdir -p "$root/.dev"
    exec 9>"$root/.dev/playwright.lock"
    flock 9 # somebody else may be downloading it
    if [ ! -d "$kept" ]; then fetch; fi
fi
echo "$kept"
