# sacroplan: the two commands are `make run` and `make test`. Both set up what they need, once.

BIN := .venv/bin

.PHONY: run test lint verify bench pictures setup setup-test clean

run: setup
	@bash .ci/run-program

test: setup-test
	@bash .ci/run-tests

lint: setup-test
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

verify: setup-test
	@$(BIN)/sacroplan verify --docs docs/validation.md
	@$(BIN)/python -m pytest -m slow
	@$(BIN)/sacroplan verify --structures --docs docs/structures.md
	@$(BIN)/sacroplan verify --checking --docs docs/checking-figures.md
	@$(BIN)/sacroplan verify --trajectories --docs docs/paths-figures.md
	@$(BIN)/sacroplan verify --risk --docs docs/risk-figures.md
	@$(BIN)/sacroplan journeys --docs docs/journeys.md

pictures: setup
	@$(BIN)/sacroplan manual-pictures docs/pictures/manual

bench: setup
	@$(BIN)/sacroplan bench
	@$(BIN)/python -m tests.benchmarks.beside_finite_elements

setup:
	@bash .ci/set-up window

setup-test:
	@bash .ci/set-up window test

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
