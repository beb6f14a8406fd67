# make assay   check the reference engine, from a fresh clone to a report
# make test    all tests
# make lint    ruff and mypy strict
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: assay test lint format check clean saboteurs trust findings bench engines survey
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What a check needs: the package, PyTorch as an oracle, and a layout for graphs.
$(VENV)/.ready: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[torch,graphs]'
	@touch $@

# What the tests need: every bundled engine and the tools.
$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $(VENV)/.ready $@

assay: $(VENV)/.ready  ## check the reference engine and write its report
	$(BIN)/gradassay check reference

test: $(VENV)/.ready-dev  ## run all tests
	$(BIN)/python -m pytest

# mypy sees the packages under the names they install as.
build/typed: Makefile
	@mkdir -p build/typed/gradassay
	@for f in gradassay/*.py gradassay/py.typed; do ln -sfn ../../../$$f build/typed/$$f; done
	@for d in reference_engine oracles suites reports; do ln -sfn ../../../$$d build/typed/gradassay/$$d; done

lint: $(VENV)/.ready-dev build/typed  ## ruff and mypy strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd build/typed && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache -p gradassay

format: $(VENV)/.ready-dev  ## let ruff order and format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

check: lint test  ## what CI runs

findings: $(VENV)/.ready-dev  ## search released engines for differences, and write docs/findings.md
	-for e in torch autograd mygrad micrograd; do \
	  $(BIN)/gradassay check $$e --accept /dev/null --out build/findings/$$e; done
	$(BIN)/python -m gradassay.suites.upstream build/findings/torch build/findings/autograd \
	  build/findings/mygrad build/findings/micrograd --write docs

engines: $(VENV)/.ready-dev  ## install foreign engines, each in build/engines/NAME
	$(BIN)/python -m gradassay.suites.engines.environments

# Each twice from one seed; NAMES="jax torch" runs those alone and leaves the other results.
NAMES ?= reference torch jax autograd mygrad tinygrad micrograd tensorflow pytensor mlx smallpebble minitorch dezero
SURVEY := build/survey
survey: engines  ## check every bundled engine whole, twice, and write docs/engines.md (an hour)
	-for e in $(NAMES); do for run in first again; do \
	  own=build/engines/$$e/bin/python; \
	  XLA_FLAGS="--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false" \
	  $(BIN)/gradassay check $$e --profile smoke --accept /dev/null --out $(SURVEY)/$$run/$$e \
	    --python $$([ -x $$own ] && echo $$own || echo $(BIN)/python); done; done
	$(BIN)/python -m gradassay.suites.engines.table $(SURVEY)/first/* --again $(SURVEY)/again/* --write docs/engines.md

saboteurs: $(VENV)/.ready  ## set the suites on every saboteur and write docs/saboteurs.md
	$(BIN)/python -m gradassay.suites.saboteurs --write docs/saboteurs.md

# AGAIN=FOLDER sets the results of another run beside these.
bench: $(VENV)/.ready-dev  ## time all engines beside one another and write docs/performance.md
	$(BIN)/gradassay bench reference by-hand torch autograd mygrad micrograd jax tinygrad \
	  --python jax=build/engines/jax/bin/python --python tinygrad=build/engines/tinygrad/bin/python \
	  --keep-going --longest 2 --rounds 5 --out build/bench
	$(BIN)/python -m gradassay.suites.performance.hotspots build/bench
	$(BIN)/python -m gradassay.suites.performance.page build/bench $(AGAIN) --write docs

trust: $(VENV)/.ready-dev  ## measure how far the suites can be trusted and write docs/trust.md
	$(BIN)/python -m gradassay.suites.trust

clean:  ## remove what was made here
	rm -rf $(VENV) build .gradassay .mypy_cache .ruff_cache .pytest_cache .hypothesis
