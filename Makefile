# Everything here needs Python 3.11 or later and make, and nothing else.
# ARGS is handed on: make test ARGS="-k lock", make demo ARGS=--exit

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Compiled once and kept: else every process that a test or a demo starts compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
STAMP := .venv/.in-step
ARGS ?=
SWAGGER_UI := 5.35.0
SWAGGER_UI_FILES := swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt LICENSE NOTICE
UV := $(shell command -v uv)
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$name; break; }; done)

# Part of a suite says nothing about the coverage of the whole.
COVERAGE := $(if $(ARGS),,--cov --cov-report=term-missing:skip-covered)

.PHONY: help setup demo serve test check bench chaos lock vendor

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(STAMP) ## make .venv from requirements.lock

# Redone only when what it was made from has changed.
$(STAMP): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Daybook needs Python 3.11 or later on the PATH" >&2; exit 1; }
ifdef UV
	uv venv --quiet --allow-existing --python $(PYTHON) .venv
	uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@

demo: setup ## a running Daybook with a realistic week in it
	$(BIN)/daybook demo $(ARGS)

serve: setup ## a running Daybook, all roles in one process tree
	$(BIN)/daybook serve $(ARGS)

test: setup ## the tests, and the floor of their coverage
	$(BIN)/python -m pytest --numprocesses=auto $(COVERAGE) $(ARGS)

check: setup ## lint, format, types, who may import whom, the house in order
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/house $(ARGS)

bench: setup ## measurements beside peers
	$(BIN)/python -m bench $(ARGS)

chaos: setup ## the long tests of the promises, for the night
	$(BIN)/python -m pytest -m nightly $(ARGS)

# The lock holds names, versions and hashes; where they come from is the installer's business.
lock: ## compile requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-strip-extras --custom-compile-command "make lock" --output-file requirements.lock $(ARGS) pyproject.toml

vendor: ## fetch the vendored browser files anew (needs npm)
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	npm pack --silent --pack-destination "$$folder" swagger-ui-dist@$(SWAGGER_UI); \
	tar -xzf "$$folder"/*.tgz -C "$$folder" --strip-components=1; \
	rm -rf api/static/swagger-ui; mkdir -p api/static/swagger-ui; \
	cp $(addprefix "$$folder"/,$(SWAGGER_UI_FILES)) api/static/swagger-ui/; \
	cd api/static/swagger-ui; echo $(SWAGGER_UI) > VERSION; sha256sum -- * > MANIFEST.sha256
