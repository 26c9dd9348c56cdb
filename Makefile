# One list of everything a person does to this repository. `make` alone prints it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ASSETS := src/amends/portal/static/vendor/icons.json
TEST_ARGS ?=
WORKERS ?= 2
BENCH_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help install assets packages demo test races check bench docs screenshots lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name what; do printf '  make %-9s %s\n' "$$name" "$$what"; done

install: $(STAMP) ## make the environment in .venv from requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Amends needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another one: make install PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

assets: $(ASSETS) ## bring the pages' third-party files from npm (once, and when package-lock.json changes)

$(ASSETS): package.json package-lock.json assets/build.mjs assets/icons.json
	@command -v npm >/dev/null || { echo "Amends needs npm to build the pages' files (style, script, font): install Node.js 20 or later" >&2; exit 1; }
	npm ci --silent
	npm run --silent assets

packages: ## what the tests use of the system's packages, where it is missing and may be installed
	@.ci/packages

demo: install assets ## play a small marketplace on embedded PostgreSQL and keep serving it
	$(BIN)/amends demo

test: install assets packages ## run every test, in WORKERS=2 processes (TEST_ARGS="tests/law -k lapse" to run some)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --durations=25 $(TEST_ARGS) || { test $$? -eq 1 && echo "What failed while everything ran at once gets one more run, alone; name it in the change all the same." && $(BIN)/python -m pytest --last-failed --last-failed-no-failures=none; }

races: install assets ## every pair of moves 2,000 times on real connections, and 40 kills (half an hour)
	AMENDS_RACE_ROUNDS=2000 AMENDS_KILLS=40 $(BIN)/python -m pytest tests/faults $(TEST_ARGS)

check: install assets ## exactly what CI runs: format, lint, types, imports, generated files, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	$(BIN)/python -m amends.lab.generate --check
	$(MAKE) --no-print-directory test

bench: install assets ## measure against the budgets of ARCHITECTURE.md (BENCH_ARGS="law" for one)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: install ## write the generated reference again (diagram, clause index, OpenAPI)
	$(BIN)/python -m amends.lab.generate

screenshots: install assets ## take the README's pictures of the pages again
	AMENDS_SCREENSHOTS=docs/images $(BIN)/python -m pytest -q tests/browser/test_screenshots.py -k readme

lock: ## resolve requirements.lock again after a change of pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "uv is not on the PATH; 'python3 -m pip install uv' brings it" >&2; exit 1; }
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean: ## remove the environment and everything built or cached
	rm -rf $(VENV) node_modules src/amends/portal/static/vendor build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage htmlcov mutants
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
