# Every target sets up what it needs by itself, from hash-pinned locks, in .venv.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
IMAGE ?= modelgate
BASE ?= $(shell sed -n 's/^ARG BASE=//p' Dockerfile)

FUZZ_SECONDS ?= 600

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: help dev demo test lint fmt docs denylists derive gadgets corpus fuzz bench compare screenshot image npm giftless e2e lock clean

help: ## This list
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

dev: $(VENV)/dev.stamp ## Set up .venv with everything for development

demo: $(VENV)/image.stamp ## Build a poisoned pull request, scan it, show what the gate says
	$(BIN)/python tools/demo.py

test: $(VENV)/test.stamp ## Run the tests; those that need a container engine say so when they skip
	$(BIN)/python -m pytest

lint: $(VENV)/dev.stamp ## Style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(VENV)/dev.stamp ## Format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/image.stamp ## Write the generated pages again
	$(BIN)/python tools/docs.py

denylists: $(VENV)/image.stamp ## Call what public deny-lists name, and say what the gate says
	$(BIN)/python -m tools.denylists

derive: $(VENV)/image.stamp ## Read the sources of libraries again, and write down what their callables do
	$(BIN)/python -m tools.derive

gadgets: $(VENV)/image.stamp ## Hold what was derived against public deny-lists, and write docs/derived.md
	$(BIN)/python -m tools.derive.page

corpus: $(VENV)/image.stamp ## Scan honest checkpoints that libraries ship, and those that they write
	$(BIN)/python -m tools.corpus

fuzz: $(VENV)/fuzz.stamp ## Look for inputs that upset a reader or fool the pickle machine (FUZZ_SECONDS=600, FUZZ_SEED=number)
	$(BIN)/python -m tools.fuzz pickles $$(( $(FUZZ_SECONDS) / 2 )) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))
	$(BIN)/python -m tools.fuzz artifacts $$(( $(FUZZ_SECONDS) / 2 )) $(if $(FUZZ_SEED),--seed $(FUZZ_SEED))

bench: $(VENV)/test.stamp ## Measure, side by side with others
	$(BIN)/python tools/bench

compare: $(VENV)/test.stamp ## Ask every scanner about a hostile file of each format, and about its honest twin
	$(BIN)/python tools/bench/compare.py

screenshot: $(VENV)/image.stamp ## Photograph the report of the demo for the README (needs chromium)
	$(BIN)/python tools/screenshot.py

image: ## Build the container image
	docker build --build-arg BASE=$(BASE) --tag $(IMAGE) .

npm: tests/npm/node_modules/.package-lock.json ## What some tests take from npm; without it they say so when they skip

giftless: .cache/giftless/stamp ## The Git LFS server that some tests run; without it they say so when they skip

e2e: $(VENV)/test.stamp ## Run real workflows; fails instead of skipping (needs Docker, or root on Debian)
	MODELGATE_E2E=1 $(BIN)/python -m pytest tests/e2e

lock: $(VENV)/dev.stamp ## Compile the locks again, each on top of the one before
	$(COMPILE) --output-file requirements/image.txt pyproject.toml
	$(COMPILE) --output-file requirements/test.txt requirements/test.in
	$(COMPILE) --output-file requirements/dev.txt requirements/dev.in
	$(COMPILE) --output-file requirements/fuzz.txt requirements/fuzz.in
	$(COMPILE) --output-file requirements/giftless.txt requirements/giftless.in

clean: ## Remove everything that can be made again
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

tests/npm/node_modules/.package-lock.json: tests/npm/package-lock.json
	npm ci --prefix tests/npm --ignore-scripts --no-audit --no-fund
	@touch $@

.cache/giftless/stamp: requirements/giftless.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(@D)
	$(INSTALL:$(BIN)/%=$(@D)/bin/%) --requirement $<
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "modelgate needs Python 3.11 or later; set PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/image.stamp: requirements/image.txt | $(BIN)/python
	$(INSTALL) --requirement $<
	$(BIN)/python -m compileall -q scanner # workers may not write what they compile
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/image.stamp
	$(INSTALL) --requirement $<
	@touch $@

$(VENV)/fuzz.stamp: requirements/fuzz.txt $(VENV)/test.stamp
	$(INSTALL) --requirement $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/test.stamp
	$(INSTALL) --requirement $<
	@touch $@
