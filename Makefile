# make book · make test · make lab · make bench · make notebooks · make format · make clean: each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.PHONY: book test lab bench notebooks format clean

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed, this is ' + sys.version)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

book: .venv/ready
	$(BIN)/jupyter-book build --all -W --keep-going --quiet .
	@echo "Open _build/html/index.html"

test: .venv/ready
	$(BIN)/python tests/run.py

lab: .venv/ready
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

.venv/bench: .venv/ready benchmarks/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -r benchmarks/requirements.txt
	touch $@

# Measure everything and write benchmarks/results.json, which book/speed.md shows.
bench: .venv/bench
	$(BIN)/python -m benchmarks

# Execute the chapters in place and store them the way the book keeps them; after every change to one.
notebooks: .venv/ready
	$(BIN)/python -m nnlib.lab.notebook notebooks/*.ipynb

format: .venv/ready
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:
	rm -rf _build .venv .pytest_cache .hypothesis .ruff_cache .coverage nnlib.egg-info
