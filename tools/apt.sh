#!/bin/bash
# The part of setup.sh that needs root: apt.sh PACKAGE...
set -euo pipefail

policy=/usr/sbin/policy-rc.d

# Packages of servers start them; the box office starts its own. A policy that is there already is left alone.
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    # Were this script killed, its policy would still forbid nothing.
    printf '#!/bin/sh\n# made by boxoffice tools/apt.sh for one run\n[ -d /proc/%s ] && exit 101\nexit 0\n' $$ >"$policy"
    chmod 0755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
options=(-q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
# Without fresh lists the kept ones may still do.
apt-get "${options[@]}" update || echo "apt.sh: apt-get update failed; going on with the lists that are here"
apt-get "${options[@]}" --no-install-recommends install "$@"
