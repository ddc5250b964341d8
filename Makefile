# Two commands for a fresh machine: `make demo` and `make test`. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
OUT ?= demo-output

.PHONY: demo federation-demo test check lint types generate serve bench docs campaigns wheel install install-dev clean

demo: install
	$(BIN)/waste-bpm demo --out $(OUT)

federation-demo: install-dev
	$(BIN)/python -m tests.federation.launch --out federation-output

test: install-dev
	$(BIN)/python -m pytest -n 2

check: lint types test
	$(BIN)/python -m waste_bpm.cli.generate --check

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev
	$(BIN)/mypy

generate: install-dev
	$(BIN)/python -m waste_bpm.cli.generate

serve: install
	$(BIN)/waste-bpm serve

bench: install-dev
	$(BIN)/python -m benchmarks --json bench-output.json

docs: generate

campaigns: install-dev
	$(BIN)/python -m tests.campaigns.validators --count 50000 --workers 2
	$(BIN)/python -m tests.campaigns.mutations --count 20000 --workers 2
	$(BIN)/python -m tests.campaigns.processes --steps 200000 --workers 2
	$(BIN)/python -m tests.campaigns.federation --seeds 10000 --workers 2
	$(BIN)/python -m tests.campaigns.federation --planted
	$(BIN)/python -m tests.campaigns.planted
	$(BIN)/python -m tests.crashes --engine sqlite --kills 1000 --lanes 2
	$(BIN)/python -m tests.crashes --engine postgresql --kills 1000 --lanes 2
	$(BIN)/python -m tests.servers --stops 50
	$(BIN)/python -m tests.storage --images 10000
	$(BIN)/python -m tests.races --engine sqlite --times 500
	$(BIN)/python -m tests.races --engine postgresql --times 500
	WASTE_BPM_EXAMPLES=5000 $(BIN)/python -m pytest -n 2 tests/documents tests/utility_blocks tests/processes tests/simulation tests/walks

wheel: install-dev
	$(BIN)/python -m build --wheel --no-isolation

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) demo-output federation-output dist build bench-output.json
