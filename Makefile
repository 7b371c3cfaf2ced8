# sacroplan: the two commands are `make run` and `make test`. Both set up what they need, once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up

.PHONY: run test lint verify bench setup setup-test clean

run: setup
	@bash .ci/run-program

test: setup-test
	@bash .ci/run-tests

lint: setup-test
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

verify: setup
	@$(BIN)/sacroplan verify

bench: setup
	@$(BIN)/sacroplan bench

setup: $(STAMP)
	@bash .ci/system-packages window

setup-test: $(STAMP)
	@bash .ci/system-packages window test

$(STAMP): pyproject.toml .ci/constraints.txt .ci/set-up
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash .ci/set-up

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
