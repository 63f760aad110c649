#!/bin/sh
# Makes the virtual environment in $VENV from the hashed lock, unless it already is what the lock says.
set -eu
venv=${VENV:-.venv}
lock=requirements-dev.txt
stamp=$venv/.installed
want=$(cksum < "$lock")
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

works() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}
if ! { [ -x "$venv/bin/python" ] && works "$venv/bin/python"; }; then
    for python in python3.13 python3.12 python3.11 python3; do
        if works "$python"; then found=$python; break; fi
    done
    if [ -z "${found:-}" ]; then
        echo "No Python 3.11 or newer with venv was found (on Debian: apt install python3 python3-venv)." >&2
        exit 1
    fi
    echo "making $venv with $("$found" --version)"
    "$found" -m venv --clear "$venv"
fi
echo "installing $(grep -c '==' "$lock") packages from $lock (once; skipped until the lock changes)"
# The lock is complete; asking pip to resolve it again takes longer and trips over extras of newer releases.
"$venv/bin/python" -m pip install --no-deps --require-hashes --progress-bar on -r "$lock"
printf '%s' "$want" > "$stamp"
