# Read and change the course: make lab. Build its pages: make book. Each command first sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.PHONY: book pdf lab test check mutants bench notebooks times fonts format clean

# What a reader needs; besides, what building the pages needs, what printing them needs, what developers need. A larger
# set only adds.
.venv/ready: package-lock.json
.venv/lab .venv/book .venv/pdf .venv/ready: requirements.txt pyproject.toml
	$(PYTHON) book/environment.py $(@F)

book: .venv/book
	$(BIN)/python book/build.py

# Print the pages that make book built: _build/pdf has the book and a file for each page.
pdf: .venv/pdf
	$(BIN)/python book/pdf.py

lab: .venv/lab
	$(BIN)/python book/lab.py

test: .venv/ready
	$(BIN)/python tests/run.py

# The quick part of the test, for the inner loop.
check: .venv/ready
	$(BIN)/python tests/run.py --check

# Break a copy of the code in 300 small ways, name what no test notices; make mutants ROWS="nnlib/losses.py --seed 7".
mutants: .venv/ready
	$(BIN)/python -m tests.mutants $(ROWS)

.venv/bench: .venv/ready benchmarks/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -r benchmarks/requirements.txt
	touch $@

# Measure everything and write benchmarks/results.json, which book/speed.md shows.
bench: .venv/bench
	$(BIN)/python -m benchmarks

# Execute the chapters in place and store them the way the book keeps them; after every change to one.
notebooks: .venv/ready
	$(BIN)/python book/_ext/notebook.py notebooks/*.ipynb
	$(BIN)/python book/lab.py --list

# How long each of these commands takes here; make times ROWS="lab check" measures these two.
times: .venv/ready
	$(BIN)/python -m tests.times $(ROWS)

# Cut the faces of pages and pictures anew; after a change in book/_ext/fonts.py.
fonts: .venv/ready
	$(BIN)/python book/_ext/fonts.py

format: .venv/ready
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	$(BIN)/python -m tests.javascript format

clean:
	rm -rf _build .venv node_modules .pytest_cache .hypothesis .ruff_cache .mypy_cache .coverage* nnlib.egg-info
