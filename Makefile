# One command per habit. Only Python >= 3.11, make and a package index are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help demo test lint types docs bench validate venv clean

help:
	@echo "make demo      simulate a patient as DICOM and run the main job on it"
	@echo "make test      all checks: lint, types, layers, tests with coverage"
	@echo "make lint      formatting, lint, layers of imports"
	@echo "make types     strict type check"
	@echo "make docs      the documentation, in docs/_build"
	@echo "make bench     how long the parts take"
	@echo "make validate  the long tests"
	@echo "make venv      the environment in $(VENV) with everything in it"
	@echo "make clean     remove what these commands made, but not the environment"

demo: $(RUN_STAMP)
	@rm -rf demo/patient demo/results
	@mkdir -p demo
	$(BIN)/hevesy simulate --out demo/patient --seed 1
	$(BIN)/hevesy run demo/patient/study.yaml --out demo/results || [ $$? -eq 3 ]
	@echo "The report lies in demo/results/report.pdf, the truth in demo/patient/truth.json"

# pytest comes last: its closing summary is the end of the output.
test: lint types
	$(BIN)/pytest -m "not slow" --numprocesses 2 --dist loadfile --cov --cov-report=term

lint: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(DEV_STAMP)
	$(BIN)/mypy

docs: $(DEV_STAMP)
	$(BIN)/sphinx-build -W --keep-going -n -q -b html docs docs/_build/html
	@echo "The documentation lies in docs/_build/html/index.html"

bench: $(DEV_STAMP)
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/run_stages.py

# Each part can be made alone; a part that has passed is not repeated until the sources change.
SOURCES := $(shell git ls-files src tests/validation tests/acquire/fuzzing.py)
validate: $(patsubst %,validation/%.passed,transport elsewhere transport_reference organ_s_values accuracy archive coverage interruption fuzz quirks voxel_fits fit_study single_time_study population design hybrid marrow_samples tare_accuracy tare_live)

validation/transport.passed: $(SOURCES) $(shell git ls-files tests/transport) | $(DEV_STAMP)
	@mkdir -p validation
	$(BIN)/pytest -m slow tests/transport
	@touch $@

validation/elsewhere.passed: $(SOURCES) $(shell git ls-files tests/workflow tests/population) | $(DEV_STAMP)
	@mkdir -p validation
	$(BIN)/pytest -m slow tests --ignore tests/validation --ignore tests/transport
	@touch $@

validation/%.passed: tests/validation/test_%.py $(SOURCES) | $(DEV_STAMP)
	@mkdir -p validation
	HEVESY_VALIDATION=validation $(BIN)/pytest -m slow $<
	@touch $@

venv: $(DEV_STAMP)

clean:
	rm -rf demo/patient demo/results validation docs/_build build dist .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Hevesy needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>/dev/null || echo not there)"; \
	  echo "Name another one, for example: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; } >&2
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(DEV_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[test,dev,docs,physics,icrp107]"
	@touch $@ $(RUN_STAMP)
