# The commands of this project. `make` alone lists them.
SHELL := /bin/sh
VENV ?= .venv
PY = $(VENV)/bin/python
# As many workers as cores: more make the servers late. WORKERS=… for another number.
WORKERS ?= 2
export PYTHONUNBUFFERED = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Where `make run` keeps its data, and how much of the published year `make demo` invents.
VAR ?= var
SCALE ?= 0.02
SEED ?= 1
export FS_VAR = $(VAR)

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check format lint types imports drift locks bench lock revision clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Make .venv from the hashed lock; does nothing when the lock has not changed
	@VENV="$(VENV)" sh deploy/setup.sh

run: setup  ## Start PostgreSQL, NATS and the five services; Ctrl-C stops all of it
	@FS_UNDER_MAKE=1 exec $(PY) -m deploy.local

demo: setup  ## A check that ends by itself: invent a county, walk one family through, stop; SCALE=0.02 SEED=1
	@FS_UNDER_MAKE=1 SCALE=$(SCALE) SEED=$(SEED) exec $(PY) -m deploy.demo

test: setup  ## Run every test on real PostgreSQL and NATS; ARGS="-k clock" for some
	@exec $(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: setup format lint types imports drift locks  ## Format, lint, types, import rules, migrations drift, locks

format:
	$(PY) -m ruff format --check .

lint:
	$(PY) -m ruff check .

types:
	$(PY) -m mypy

imports:
	PYTHONPATH=. $(VENV)/bin/lint-imports

drift:
	$(PY) -m deploy.drift

# A lock names versions and hashes, never where they come from.
locks:
	@! grep -nE '://|^ *--(index|extra-index|find-links|trusted)|^-' requirements.txt requirements-dev.txt
	@echo "locks name no address"

bench: setup  ## The benchmarks, each beside its yardstick
	@exec $(PY) -m tests.bench

lock: setup  ## Compile both locks again from pyproject.toml
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements.txt
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -o requirements-dev.txt

revision: setup  ## Write a migration for what tables.py has and the database has not: s=referrals m="what it does"
	@test -n "$(s)" -a -n "$(m)" || { echo 'say which and what: make revision s=<service> m="what it does"' >&2; exit 2; }
	@exec $(PY) -m deploy.drift --write $(s) "$(m)"

clean:  ## Remove .venv, caches and everything that `make run` kept
	@sh deploy/clean.sh "$(VAR)" "$(VENV)"
