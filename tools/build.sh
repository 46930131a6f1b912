#!/bin/bash
# Builds into build/ with warnings as errors. Quick where nothing changed; two at once wait for each other.
#   build.sh [MAKE TARGET...]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build
log=$build/build.log

step() { # WHAT COMMAND...
    local what=$1
    shift
    if ! "$@" >>"$log" 2>&1 </dev/null 9>&-; then
        tail -n 60 "$log" >&2
        echo "build: $what failed (above); whole log: $log" >&2
        exit 1
    fi
}

if ! mkdir -p "$build" 2>/dev/null || [ ! -w "$build" ]; then
    echo "build: cannot write into $build: who owns it?" >&2
    exit 1
fi
exec 9>"$build/.lock"
flock 9

: >"$log"
cd "$root"
if [ ! -x configure ] || [ configure.ac -nt configure ]; then
    echo "build: autoreconf" >&2
    step autoreconf autoreconf --install
fi
cd "$build"
if [ ! -f Makefile ] || [ ../configure -nt config.status ]; then
    echo "build: configure" >&2
    step configure ../configure --enable-werror
fi
# Asks first, so that a build with nothing to do says nothing.
make -q "$@" >/dev/null 2>&1 9>&- || echo "build: make" >&2
step make make -j2 "$@"
