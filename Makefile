# The two commands of the README are `make sim` and `make test`; both call `make setup` first.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup setup-issuer setup-test sim test check bench standard-interface docs messages conformance mutants tour soak fuzz lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## system packages, .venv and .venv/bin/rhc
	@PYTHON=$(PYTHON) sh setup/setup.sh runtime

setup-issuer:  ## the same with what the issuance backend needs
	@PYTHON=$(PYTHON) sh setup/setup.sh issuer

setup-test:  ## the same with what tests and checks need
	@PYTHON=$(PYTHON) sh setup/setup.sh test

sim: setup  ## card and SAM in two virtual readers, until Ctrl-C
	@$(BIN)/rhc sim $(SIM)

test: setup-test  ## the whole test suite
	@$(BIN)/pytest -n auto --dist loadgroup $(TESTS)

check: setup-test  ## ruff, strict types, import rule
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_import_rule.py

bench: setup-test  ## speed as ratios, measured in one run
	@$(BIN)/python -m benchmarks.run
	@$(BIN)/python -m benchmarks.whole_card
	@$(BIN)/python -m benchmarks.emergency
	@$(BIN)/python -m benchmarks.persistence

standard-interface: setup-test  ## the C library with the functions of the vendors' drivers
	@$(MAKE) -s -C standard_interface

docs: setup-test  ## the reference pages, from the declaration
	@$(BIN)/python -m docs.generate

messages: setup-test  ## texts that lack a Chinese translation
	@$(BIN)/python -m language.missing

conformance: setup-test  ## the conformance suite against the simulated card; reports below build/
	@$(BIN)/rhc conformance run --simulated --destructive --out build/conformance

mutants: setup-test  ## every wrong card against the conformance suite; writes which case catches which
	@$(BIN)/python -m tests.mutants

tour: setup-test  ## the pictures of the training page in the docs
	@$(BIN)/python tests/browser/tour.py

soak: setup-test  ## the long tests: model, random APDUs, kill -9
	@$(BIN)/pytest -m soak --timeout=3600 $(TESTS)

fuzz: setup-test  ## ten minutes of coverage-guided fuzzing of the card
	@$(BIN)/python -m pip install -q --disable-pip-version-check atheris==3.0.0
	@$(BIN)/python tests/fuzz/fuzz_transmit.py -max_total_time=$(SECONDS)
SECONDS ?= 600

lock: setup-test  ## pin the dependencies anew
	@sh requirements/lock.sh

clean:  ## remove what was made here
	rm -rf standard_interface/build .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
