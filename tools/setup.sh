#!/bin/bash
# Installs what tools/packages.txt lists and this machine lacks; `setup.sh SUITE`: what packages-SUITE.txt lists, too, and
# `setup.sh all` what all of these list.
# Asks no network where nothing is missing.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
lists=("$root/tools/packages.txt")
case ${1-} in
    all) lists+=("$root"/tools/packages-*.txt) ;;
    *) [ ! -e "$root/tools/packages-${1-}.txt" ] || lists+=("$root/tools/packages-$1.txt") ;;
esac

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

wanted() {
    # Any Go will do, Debian's or another.
    sed 's/#.*//' "${lists[@]}" | tr -s ' \t\n' '\n' | sed '/^$/d' |
        if command -v go >/dev/null; then sed '/^golang-go$/d'; else cat; fi
}

missing() {
    local installed
    # dpkg-query exits 1 where it does not know one of them, and tells of the others all the same.
    # shellcheck disable=SC2046 # one word a package
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(wanted) 2>/dev/null || true)
    installed=$(sed -n 's/ installed$//p' <<<"$installed" | sort -u)
    comm -23 <(wanted | sort -u) <(printf '%s\n' "$installed")
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is no Debian; install by hand what tools/packages.txt lists (or use a Debian 12)"
fi

# By way of a variable: a failure inside would not be noticed otherwise.
list=$(missing)
[ -n "$list" ] || exit 0
mapfile -t packages <<<"$list"

if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo)
else
    fail "these packages are missing, and to install them takes root (or sudo):" "  ${packages[*]}" \
        "run this once as root:" "  apt-get update && apt-get install --no-install-recommends ${packages[*]}"
fi

mkdir -p "$root/.dev" || fail "cannot write below $root"
log=$root/.dev/setup.log
echo "setup: installing ${#packages[@]} packages of Debian (log: $log)" >&2
if ! "${as_root[@]}" "$root/tools/apt.sh" "${packages[@]}" >"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" >&2
    fail "apt-get failed (above); whole log: $log"
fi
list=$(missing)
[ -z "$list" ] || fail "still missing after the installation:" "$list"
