# Homeward: two commands on a fresh machine (Python 3.11+ and make): `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help env environment demo test pure unit lint lock bench bench-linkage faults clean

help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

env: $(STAMP) ## Create .venv from the hash-pinned locks

$(STAMP): requirements-dev.lock pyproject.toml
	@echo "[1/3] environment in $(VENV)" >&2
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 env" if sys.version_info < (3, 11) else 0)'
	@$(MAKE) --no-print-directory environment
	@echo "[2/3] $$(grep -c '^[a-z].*==' requirements-dev.lock) pinned packages, each checked against its digest (about a minute the first time)" >&2
	@$(BIN)/python -P deploy/installing.py requirements-dev.lock
	@echo "[3/3] homeward itself" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q schemas hub producers consumers streams deploy # else every worker compiles at every start
	@touch $@

environment: # An empty one; one that was broken off before pip was whole is made anew
	@$(BIN)/python -c 'import importlib.metadata, sys; sys.exit(not importlib.metadata.files("pip"))' 2>/dev/null || \
		$(PYTHON) -m venv --clear $(VENV) || \
		{ echo "python could not make an environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

demo: env ## A day of synthetic children on a real, secured Kafka; ARGS="--for 60s --json"
	@$(BIN)/homeward demo $(ARGS)

lint: env ## Formatting, lint, types, import direction, schemas
	@echo "ruff" >&2
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@echo "mypy --strict" >&2
	@$(BIN)/mypy
	@echo "import contracts" >&2
	@$(BIN)/lint-imports
	@echo "schemas" >&2
	@$(BIN)/python -m schemas.lint
	@$(BIN)/python -m schemas.release --check
	@$(BIN)/python -m schemas.generate --check
	@$(BIN)/python -m schemas.reference --check

unit: env ## The short unit tests, every core, a short search: seconds (`make test`: all of them, in full)
	@$(BIN)/python -m tests.quick $(ARGS)

test: env ## Every test but `make faults`: on a real broker, and lint and the pure ones behind them (tests/every.py)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/python -m tests.every $(ARGS)

pure: env # The pure tests in full, in one process
	@$(BIN)/pytest tests/unit tests/scenarios --timeout-method signal $(ARGS)

faults: env ## Kills, pauses and cuts; minutes long
	@$(BIN)/pytest -m faults $(ARGS)

bench: env ## Speed and memory, as a table and in build/bench.json
	@$(BIN)/python -m deploy.bench $(ARGS)

bench-linkage: env ## How well children are recognised, beside Splink and exact matching; build/bench-linkage.json
	@$(BIN)/python -P deploy/installing.py requirements-linkage.lock
	@$(BIN)/python -m deploy.linkage.bench $(ARGS)

lock: ## Resolve the locks afresh (needs the network; commit what changes)
	@echo "resolving" >&2
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet --disable-pip-version-check uv; }
	@for part in dev run linkage; do \
		case $$part in \
			dev) what="--extra dev"; out=requirements-dev.lock ;; \
			run) what="-c requirements-dev.lock"; out=requirements.lock ;; \
			linkage) what="--extra linkage -c requirements-dev.lock"; out=requirements-linkage.lock ;; \
		esac; \
		UV_CUSTOM_COMPILE_COMMAND="make lock" build/lock/bin/uv pip compile --quiet pyproject.toml $$what --group build \
			--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade -o $$out || exit 1; \
	done

clean: ## Remove what was built here (the cache of downloads stays)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
