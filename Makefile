# Two commands do all the set-up on a fresh machine with Python 3.11+ and make:
#   make demo    the whole flow in a browser
#   make test    all tests
# Everything is installed into .venv; what the system has to have is installed by `make system`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TYPESCRIPT := typescript@5.9

.PHONY: demo test check format bench system wheel clean

demo: $(VENV)/.demo
	$(BIN)/widget-gateway demo

# In two processes, but for the tests that kill and freeze: these need the machine to themselves.
test: $(VENV)/.dev system
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not crash" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m crash $(PYTEST_ARGS)

# Format, lint, types, layers: exactly what is asked of every commit on main.
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/node $(VENV)/typescript/node_modules/typescript/bin/tsc --project jsconfig.json

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

wheel: $(VENV)/.dev
	$(BIN)/python -m build

# What pip can't bring: a browser for the tests, libcurl, which the embedded mongod needs, and Pango for PDFs.
system:
	@PATH="$$PATH:/usr/sbin:/sbin"; \
	command -v chromium >/dev/null && ldconfig -p | grep -q libcurl.so.4 && \
	ldconfig -p | grep -q libpangoft2 || { \
	  if [ "$$(id -u)" = 0 ]; then run=; else run=sudo; fi; \
	  $$run apt-get update -qq && \
	  $$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium fonts-dejavu-core libcurl4 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; }

$(VENV)/.demo: setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[embedded]'
	touch $@

$(VENV)/.dev: setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[embedded,test,dev]'
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-save --no-audit --no-fund \
	  --prefix $(VENV)/typescript $(TYPESCRIPT)
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info var
