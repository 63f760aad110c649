#!/bin/sh
# Removes what the commands of the Makefile have made: $1 is the data folder, $2 the virtual environment.
set -eu
if [ -f "$1/run.json" ]; then
    echo "It is running (see $1/run.json); stop it first." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    key=$(printf '%s' "$(realpath -m "$1")" | sha256sum | cut -c1-12)
    rm -rf "/var/lib/family-solutions-plus/$key"
fi
rm -rf "$1" "$2" .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
find . -name __pycache__ -type d -prune -exec rm -rf {} +
