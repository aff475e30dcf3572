# Everything here works on a machine with Python 3.11, make and git; the rest is installed on first use.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

UV := $(shell command -v uv || echo .tools/bin/uv)
RUN := $(UV) run --frozen
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy

.PHONY: help setup browser demo test check bench fuzz clean

help: ## list what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

.tools/bin/uv:
	@scripts/install-uv

.venv/installed: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen
	@touch $@

setup: .venv/installed ## install Wellhead and what it needs into .venv

browser:
	@scripts/install-browser

demo: setup ## run the built-in case and say where its report is
	$(RUN) wellhead demo demo-case

test: setup browser ## check style, types and layers, and run every test
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) pytest -n auto

bench: setup ## print the table of measured speeds and sizes
	$(RUN) python -m benchmarks

fuzz: setup ## run the property tests for longer
	HYPOTHESIS_PROFILE=thorough $(RUN) pytest -n auto

clean: ## remove what was built
	rm -rf .venv .tools demo-case .mypy_cache .ruff_cache .pytest_cache .hypothesis
