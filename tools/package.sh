#!/bin/bash
# Makes Debian's package out of what `make dist` packs, so that nothing of this machine's tree gets into it, and lets
# lintian look at it.
#   package.sh [FOLDER]     into FOLDER (build/package)
# DEB_BUILD_OPTIONS=nocheck leaves out the unit tests.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/build/package}

"$root/tools/build.sh"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
log=$folder/package.log

step() { # WHAT COMMAND...
    local what=$1
    shift
    echo "package: $what" >&2
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        echo "package: $what failed (above); whole log: $log" >&2
        exit 1
    fi
}

rm -rf "$folder"/boxoffice*
: >"$log"
source=$folder/boxoffice-$(sed -n 's/^VERSION = //p' "$root/build/Makefile")
step "make dist" make -C "$root/build" distdir distdir="$source"
cd "$source"
step dpkg-buildpackage nice dpkg-buildpackage --jobs=2 --unsigned-source --unsigned-changes
cd "$folder"
rm -rf "$source"
lintian --allow-root --fail-on error ./*.changes
printf '%s\n' "$folder"/*.deb
