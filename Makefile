# Everything runs in a virtual environment of its own; `make plan` needs Python 3.11, git and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DOMAIN ?=
BASE   ?= origin/main
ARGS   ?=

.PHONY: plan apply check diff render test lint bench format dev clean help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/stszone: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stszone needs Python 3.11; run: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev: $(BIN)/stszone
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

plan apply check: $(BIN)/stszone ## plan, apply, check: the mail domains of zones/ (DOMAIN=example.com ARGS=--full)
	@$(BIN)/stszone $@ $(ARGS) $(DOMAIN)

diff: $(BIN)/stszone ## what this branch changes, in the repository alone (BASE=origin/main)
	@$(BIN)/stszone diff --base $(BASE) $(ARGS) $(DOMAIN)

dev: $(VENV)/dev ## the tools for tests and lint

test: $(VENV)/dev ## all tests; installs BIND's tools with apt-get where it may
	@tests/install-servers
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/dev ## style, types, direction of imports
	$(BIN)/ruff check stszone tests providers
	$(BIN)/ruff format --check stszone tests providers
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev ## write the code in the common style
	$(BIN)/ruff check --fix stszone tests providers
	$(BIN)/ruff format stszone tests providers

bench: $(VENV)/dev ## ratios to octodns-sync, both tools in turn in one run
	$(BIN)/python -m tests.bench $(ARGS)

clean: ## the virtual environment and all that was built
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
