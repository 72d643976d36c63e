# run: a recommender trained and judged on MovieLens-100K · test: the tests · check: style, types, rooms
# soak: long fuzz and crash counts · clean: what these made. All are safe to repeat.

# The first Python that really runs (a shim may exist and fail) and is 3.11 or newer.
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python3.13 /usr/bin/python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
# A further index for torch: https://download.pytorch.org/whl/cpu saves some GB on a machine without a GPU.
TORCH_INDEX ?=
VENV ?= .venv
RECIPE ?= recipes/movielens_gcn.yaml
ARGS ?=
# Tests in work at once, each on one thread: a number, 0 for none beside, or one for each core, four at most.
WORKERS ?= auto

BIN := $(VENV)/bin
PINS := pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)
# Installed once for each state of these files and each place of the checkout.
STAMP := $(VENV)/.installed-$(shell { pwd; cat $(PINS); } | sha256sum | cut -c1-16)
PLUGINS := $(patsubst %/pyproject.toml,-e %,$(wildcard plugins/*/pyproject.toml))
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt

.PHONY: run test check style types rooms house recipes soak install clean
.DEFAULT_GOAL := run

run: $(STAMP)
	$(BIN)/recbox run $(RECIPE) $(ARGS)

test: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not soak" -n $(WORKERS) --maxprocesses 4 --dist worksteal $(ARGS)

# `make -k check` goes on after a part that fails.
check: style types rooms house recipes

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

rooms: $(STAMP)
	$(BIN)/lint-imports

house: $(STAMP)
	$(BIN)/python -m pytest -q tests/house

recipes: $(STAMP)
	for recipe in recipes/*.yaml; do echo "$$recipe" && $(BIN)/recbox check "$$recipe" >/dev/null || exit; done

soak: $(STAMP)
	$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

install: $(STAMP)

$(STAMP):
	@test -n "$(PYTHON)" || { echo "recbox needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "installing into $(VENV) with $(PYTHON); this takes some minutes the first time"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@rm -f $(VENV)/.installed-*
	@$(PIP) torch==2.13.0 $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
	@$(PIP) -e '.[dev]' $(PLUGINS)
	@touch $@

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
