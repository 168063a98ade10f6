# parcelflow: one word per chore. Needs Python 3.11+ (with venv) and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The tests start parcelflow dozens of times; where no bytecode may be kept, each start compiles all of it anew (a second).
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup demo test cover check pictures bench soak lock clean

help: ## list the chores
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: .venv/ready ## make .venv from the locked versions, with parcelflow in it

.venv/ready: locks/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "parcelflow needs Python 3.11 or newer, this is %d.%d" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r locks/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	# The editable install is a finder that no editor can follow; a stub package (PEP 561) is what they look for first, and Python never.
	ln -sfn "$(CURDIR)" "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/parcelflow-stubs"
	@touch $@

demo: setup ## run the main job against the simulator: orders, couriers, lockers, an expiry and a SIGKILL
	$(BIN)/parcelflow demo

# Files in the order of their names: pytest-xdist would begin with those of many tests, and the longest tests stand in files of two.
test: setup ## run the tests (no network, no browser needed; a PostgreSQL comes out of a wheel)
	$(BIN)/python -m pytest -q -m "not soak" -n 2 --dist loadfile --no-loadscope-reorder

cover: setup ## measure the branches that the tests take in machines, engine and adapters (all of them)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -m "not soak"
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: setup ## lint, format, types, import contracts, pictures and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python docs/typing_wheel.py
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python docs/pictures.py --check

pictures: setup ## draw docs/pictures and write the generated pages and tables of docs anew
	$(BIN)/python docs/pictures.py && $(BIN)/python docs/manual.py && $(BIN)/python docs/reference.py && $(BIN)/python docs/coverage.py && $(BIN)/python docs/observing.py

bench: setup ## measure, as ratios to a floor in the same run (ten minutes, and 7 GB of disk while it lasts)
	@status=0; for file in benchmarks/*.py; do $(BIN)/python $$file || status=1; done; exit $$status

soak: setup ## five thousand lives with deaths at named points, the kill run, and the fuzzer (some minutes)
	$(BIN)/python -m pytest -q -m soak -s

lock: ## resolve the locked versions anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes pyproject.toml --group dev -o locks/dev.txt

clean: ## remove what the chores made
	rm -rf .venv build dist out *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage
