# Everything is installed into .venv, from locked files whose hashes are checked. Nothing outside the repository is
# changed, except that a Debian package that is missing is installed when this runs as root.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo serve test test-slow test-tools lint bench clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
FLOORS := $(BIN)/lint-imports --no-cache
# Every process that tests start would else compile the product's sources anew.
unexport PYTHONDONTWRITEBYTECODE
# Options passed on: make test PYTEST="-k workbook", make bench BENCH="--seconds 300"
PYTEST ?=
BENCH ?=

# $(call debian,PACKAGE,WHY): install a Debian package as root, else name the one command.
define debian
if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
  export DEBIAN_FRONTEND=noninteractive; \
  echo "Installing $(1), $(2)"; \
  apt-get install -y -qq --no-install-recommends $(1) > /dev/null 2>&1 \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $(1) > /dev/null; }; \
else \
  echo "$(1) is missing, $(2). Install it with:  sudo apt-get install -y $(1)" >&2; exit 1; \
fi
endef

help:
	@echo "make demo        plan the example, print a summary, write build/demo"
	@echo "make serve       the web with the example, on http://127.0.0.1:8000"
	@echo "make test        the fast tests"
	@echo "make test-slow   the slow tests: browser, larger problems"
	@echo "make test-tools  what the tests need beside Python (PostgreSQL, systemd; Chromium for the slow ones)"
	@echo "make lint        style, types, and that no floor imports a higher one"
	@echo "make bench       the engine against its peers, into docs/benchmarks.md"
	@echo "make clean       remove all that was made, the environment too"

# An environment that already works is kept; one left half made is made again.
$(VENV)/.created:
	@$(if $(PYTHON),,echo "Python 3.11 is missing. Install it with:  sudo apt-get install -y python3" >&2; exit 1)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than Python 3.11; name a newer one:  make PYTHON=python3.11" >&2; exit 1; }
	@if ! $(BIN)/python -m pip --version > /dev/null 2>&1; then \
	  $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { $(call debian,python3-venv,which makes the environment); }; \
	  echo "Making the environment in $(VENV)"; \
	  $(PYTHON) -m venv --clear $(VENV); \
	fi
	@touch $@

$(VENV)/.run: requirements/build.txt requirements/run.txt pyproject.toml | $(VENV)/.created
	@echo "Installing what the product needs"
	@$(PIP) --require-hashes --requirement requirements/build.txt --requirement requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.develop: requirements/develop.txt $(VENV)/.run
	@echo "Installing what tests and checks need"
	@$(PIP) --require-hashes --requirement requirements/develop.txt
	@touch $@

# In a folder of its own: HiGHS with extras is an older release than the product's, and only the bench's peers see it.
$(VENV)/.peers: requirements/peers.txt $(VENV)/.develop
	@echo "Installing what the peers need"
	@rm -rf $(VENV)/peers
	@$(PIP) --require-hashes --target $(VENV)/peers --requirement requirements/peers.txt
	@touch $@

serve: $(VENV)/.run
	@$(BIN)/pledgeway serve --demo

demo: $(VENV)/.run
	@$(BIN)/pledgeway demo

test: $(VENV)/.develop
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(PYTEST)

test-slow: $(VENV)/.develop
	@$(BIN)/python -m pytest -m slow --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

test-tools:
	@command -v chromium > /dev/null || { $(call debian,chromium,which the browser tests drive); }
	@ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 \
	  || { $(call debian,postgresql,on which the ledger is tested beside SQLite); }
	@command -v systemd-analyze > /dev/null || { $(call debian,systemd,which checks the service units); }

lint: $(VENV)/.develop
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(FLOORS)

bench: $(VENV)/.peers
	@$(BIN)/python benchmarks/run.py $(BENCH)

clean:
	@rm -rf build dist $(VENV) .mypy_cache .ruff_cache .hypothesis .pytest_cache .import_linter_cache src/*.egg-info
	@find src tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +
