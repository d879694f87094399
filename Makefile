# Milepost: every task of development. `make help` lists them; `.ci/run` runs `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The system's certificates, as pip and npm use them: behind a proxy uv's own do not do. Overridable.
export UV_SYSTEM_CERTS ?= true
UV := VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv
# ape loads itself into every pytest run, 4 s; only the contract tests need it.
PYTEST := $(BIN)/python -m pytest -p no:ape_test
# A process a core, each with nodes and databases of its own; a file's tests stay together, as they share what is slow to set up.
SPREAD := -n auto --maxprocesses 4 --dist loadfile
# Of these a third of the time is waiting for processes, nodes and databases: one more than two cores have.
WAITING := -n 3 --dist loadfile

VENV_MADE := $(VENV)/.made
PINS_INSTALLED := $(VENV)/.pins-installed
PACKAGE_INSTALLED := $(VENV)/.package-installed
NODE_INSTALLED := node_modules/.installed

.PHONY: help setup demo demo-history demo-lives test test-deep test-bft fmt lint types unit compile contracts forge slither prove machines integration faults test-faults soak e2e snapshots snapshots-write bench-gas bench-oracle local \
	artifacts lock clean

help: ## list every target in one line each
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(PACKAGE_INSTALLED) $(NODE_INSTALLED) ## make .venv and node_modules from the locks; quick when nothing changed

$(VENV_MADE):
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) not found; install Python 3.11 or 3.12 or name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { echo "set-up: Python 3.11 or 3.12 is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); name another: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "set-up: virtual environment in $(VENV), $$($(PYTHON) -V)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "set-up: no virtual environment; on Debian install python3-venv" >&2; exit 1; }
	@touch $@

# pip installs uv alone, from its lines of the lock; uv installs the rest in a seventh of pip's time.
$(PINS_INSTALLED): requirements.txt $(VENV_MADE)
	@echo "set-up: uv, its hash checked"
	@awk '/^[^ #]/ {uv = /^uv==/} uv && !/^ *#/' requirements.txt > $(VENV)/uv-pin.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv-pin.txt
	@echo "set-up: Python packages, $$(grep -c '^[^ #]*==' requirements.txt) pins, their hashes checked"
	@$(UV) pip install --quiet --require-hashes -r requirements.txt
	@touch $@

# The .pth file gives every Python of this environment the compiler and anvil, so plain `ape test` works by hand.
$(PACKAGE_INSTALLED): pyproject.toml $(PINS_INSTALLED)
	@echo "set-up: the milepost package, editable"
	@$(UV) pip install --quiet --offline --no-build-isolation --no-deps -e .
	@$(BIN)/python tools/write_pth.py
	@touch $@

$(NODE_INSTALLED): package-lock.json .npmrc
	@command -v node >/dev/null || { echo "set-up: node not found; install Node.js 20 or later" >&2; exit 1; }
	@node -e 'process.exitCode = Number(process.versions.node.split(".")[0] < 20)' || { echo "set-up: Node.js 20 or later is needed, this is $$(node --version)" >&2; exit 1; }
	@echo "set-up: contract libraries, compiler, anvil and forge, node $$(node --version)"
	@npm ci --loglevel=error
	@touch $@

# Tools whose needs contradict requirements.txt, each in an environment of its own: made when its target first runs.
.venv-%/.made: requirements-%.txt $(PINS_INSTALLED)
	@echo "set-up: $* in .venv-$*, $$(grep -c '^[^ #]*==' $<) pins, their hashes checked"
	@$(PYTHON) -m venv --clear .venv-$*
	@VIRTUAL_ENV="$(CURDIR)/.venv-$*" $(BIN)/uv pip install --quiet --require-hashes -r $<
	@touch $@

lock: setup ## compile every requirements .txt and package-lock.json anew; no address goes into them
	@for name in requirements requirements-slither requirements-prove requirements-bft; do \
		$(UV) pip compile --quiet --generate-hashes --universal --python-version 3.11 $$name.in -o $$name.txt; done
	@npm install --package-lock-only --loglevel=error
	@node tools/strip_lock.js

fmt: setup ## write Python in the house format
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lint: setup ## check format, lint and which folder imports which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache

types: setup ## check types, strictly
	$(BIN)/mypy

unit: setup ## tests that touch nothing outside the process
	$(PYTEST) tests/unit $(SPREAD)

# Forced, because ape does not compile a contract anew when only a library it imports changed.
compile: setup ## compile the contracts
	$(BIN)/ape compile --force

artifacts: setup ## export the contracts into the package; write docs/errors.md, cli.md, configuration.md
	@$(BIN)/python -m scripts._artifacts
	@$(BIN)/python -m scripts._errors_page
	@$(BIN)/python -m scripts._cli_page
	@$(BIN)/python -m scripts._configuration_page

contracts: compile ## tests of the contracts on ape's in-process chain
	$(BIN)/ape test tests/contracts

forge: setup ## fuzz and invariant tests of the contracts; FOUNDRY_PROFILE=deep for fifty times the runs
	node_modules/.bin/forge test

slither: setup .venv-slither/.made ## static analysis; each finding is mended or answered in docs/security.md
	@$(BIN)/python -m scripts._slither

# z3, because yices finds examples against true statements here. The one property left out draws its numbers; it is proven as a check.
prove: setup .venv-prove/.made ## prove with halmos what tests/prove states of the contracts, for all values; some minutes
	FOUNDRY_PROFILE=prove PATH="$(CURDIR)/.venv-prove/bin:$(CURDIR)/node_modules/.bin:$$PATH" halmos --forge-build-out build/prove \
		--storage-layout generic --solver z3 --solver-timeout-assertion 300s --loop 5 --match-contract 'Proof$$' --match-test '^(check_|test_(?!bounds__))'

machines: setup ## random sequences of acts beside the plain model, and on the oracle; MILEPOST_DEEP=50 goes further
	$(PYTEST) tests/machines

integration: setup ## tests with one real neighbour each
	$(PYTEST) tests/integration $(WAITING)

faults: setup ## a real process killed at every fail point and at random, its node disturbed; nothing may be lost
	$(PYTEST) tests/faults $(WAITING)

test-faults: export MILEPOST_FAULTS = full
test-faults: setup ## all of it: every time of every fail point and all 38 faults, on SQLite and on PostgreSQL; half an hour
	$(PYTEST) tests/faults -n 2 --dist loadfile

MINUTES = 60
soak: setup ## random lives of the oracle under faults, R1 to R6 after each; MINUTES=60, SEED=64 hexadecimal digits for one; build/soak.json
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

e2e: setup ## tests of the main path, from a till to a verified receipt
	$(PYTEST) tests/e2e

snapshots: setup ## compare gas, storage layout and contract size with snapshots/
	@$(BIN)/python -m scripts._snapshots

snapshots-write: setup ## write snapshots/ anew, to be committed with the change that moved them
	@$(BIN)/python -m scripts._snapshots --write

demo: setup ## the whole path on a chain inside the process: 244 real bills, each credit verified
	@$(BIN)/python -m milepost.demo

demo-history: setup ## 69,659 real purchases of eighteen months through the oracle, on anvil; ROWS=2000 for the first of them
	@$(BIN)/python -m milepost.demo.history $(if $(ROWS),--rows $(ROWS)) $(if $(DAYS),--days $(DAYS))

demo-lives: setup ## the same purchases through all ten programmes, and what became of the miles, on anvil; MEMBERS=200 for the first of them
	@$(BIN)/python -m milepost.demo.lives $(if $(MEMBERS),--members $(MEMBERS)) $(if $(PROGRAMME),--programme $(PROGRAMME))

# Set on the command line only: many shells have a PORT of their own.
PORT = 8545
local: setup ## the same on anvil, which stays up to be tried by hand; PORT=8546 for another port, ONCE=1 to stop
	@$(BIN)/python -m milepost.demo.local --port $(PORT) $(if $(ONCE),--once)

bench-gas: setup ## measure gas a purchase beside its peers; writes build/bench-gas.json
	@$(BIN)/python -m bench.gas

bench-oracle: setup ## measure the oracle as a service beside its peers; ROWS="http latency", DATABASES=sqlite, PURCHASES=1000000 for memory
	@$(BIN)/python -m bench.oracle $(if $(ROWS),--rows $(ROWS)) $(if $(DATABASES),--databases $(DATABASES)) $(if $(PURCHASES),--purchases $(PURCHASES)) $(if $(WATCH_S),--watch-s $(WATCH_S))

# A tier joins this list when its folder does; nothing in it is skipped. Costs ascend. Two that share no files run side by side,
# each printed when it is done.
test: setup ## every check, cheapest first; what CI runs
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory -j2 --output-sync=target contracts forge slither e2e
	@$(MAKE) --no-print-directory -j2 --output-sync=target machines snapshots
	@$(MAKE) --no-print-directory integration
	@$(MAKE) --no-print-directory faults
	@echo "make test: passed: lint types unit contracts forge slither machines e2e snapshots integration faults"

# Hours: what each of them does in minutes, fifty times over, from seeds that are new each time and printed.
test-deep: export MILEPOST_DEEP ?= 50
test-deep: setup ## the machines, the random kills and the fuzzing of the contracts, each fifty times as long
	$(PYTEST) tests/machines
	$(PYTEST) tests/faults
	FOUNDRY_PROFILE=deep node_modules/.bin/forge test

# Apart from `make test`: a chain that is not ours to ship, half a core and a gigabyte for some minutes. Its packages name its
# licence, BUSL-1.1; it is installed for this alone.
test-bft: setup .venv-bft/.made ## the oracle on four validators of a real chain, killed, stopped and parted; some minutes
	$(PYTEST) tests/bft

clean: ## remove what compiling and testing made; .venv* and node_modules stay
	@rm -rf build .build cache dist .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . \( -path './$(VENV)*' -o -path ./node_modules -o -path ./.git \) -prune -o -name __pycache__ -type d -exec rm -rf {} +
