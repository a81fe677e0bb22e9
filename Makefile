# On a fresh machine with Python 3.11 or newer and make, two commands install all that they need:
#   make demo    shows the whole flow in a browser
#   make test    runs all tests
# Python packages go into .venv; `make system` installs the system's packages.
# Another Python is named by `make test PYTHON=python3.13`; .venv is then made anew for it.

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
VENV := .venv
BIN := $(VENV)/bin
TYPESCRIPT := typescript@5.9
ASYNCAPI := @asyncapi/specs@6.11
ESBUILD := esbuild@0.28
EXPRESS := express@5 express-session@1

# Tests start the command hundreds of times, and each start would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo cluster test test-fast test-pymongo test-cluster slow test-lives test-rehearsal test-clients test-widget-packages check check-python docs format bench bench-widget bench-capacity bench-console bench-search bench-ranking libraries system php bundle wheel clean

demo: $(VENV)/.demo
	@$(MAKE) --no-print-directory libraries || echo "Without them: the embedded MongoDB needs libcurl, PDFs need Pango."
	$(BIN)/widget-gateway demo

# Run three members, two gateways and the demo site on this machine, with a page to kill any of them.
cluster: $(VENV)/.demo
	@$(MAKE) --no-print-directory libraries || echo "Without it: the embedded MongoDB needs libcurl."
	$(BIN)/widget-gateway cluster

PYTEST = $(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

# The tests that depend on the driver: of stores and their streams, of channels, and of crashes.
# `make test` runs the first few also with the second driver, `make test-pymongo` all of them.
DRIVEN := $(addprefix tests/,attempts/test_channel_generations.py attempts/test_channel_open_id.py server/test_commit_engine.py)
ALL_DRIVEN := $(addprefix tests/,server/test_commit_engine.py crash attempts partners/test_invoice.py partners/test_stats.py portal/test_channel*.py \
	portal/test_push_events.py qua/test_tracking.py search/test_feed.py server/test_health_findings.py server/test_indexes.py \
	server/test_storage_stall.py)

# Tests wait more than they compute, so four processes keep two cores busy. A file stays in one
# process, and files run in the order in which they are collected, the long ones first.
# `make test ONE=tests/portal` runs a part in a single process.
test: $(VENV)/.dev system
	$(if $(ONE),$(BIN)/python -m pytest $(ONE),$(PYTEST)) $(PYTEST_ARGS)
	$(if $(ONE)$(PYTEST_ARGS),,TEST_DRIVER=pymongo $(PYTEST) $(DRIVEN))

# Run the tests of pure rules and the checks of the Python code, without database, browser, apt or npm.
FAST = $(shell grep -rl --include='test_*.py' '^pytestmark = .*pytest\.mark\.fast' tests)
test-fast: $(VENV)/.python check-python
	$(BIN)/python -m pytest -m fast --numprocesses 2 --dist loadfile $(FAST) $(PYTEST_ARGS)

# List the tests that take ten seconds or more.
slow: $(VENV)/.dev
	@$(BIN)/python -m pytest -m slow --collect-only -q

# Cause each fault of a cluster twenty times, with MongoDB's own timeouts; it takes an hour. `make test`
# causes each once, with short timeouts.
test-cluster: $(VENV)/.dev system
	CLUSTER_ROUNDS=$${CLUSTER_ROUNDS:-20} $(BIN)/python -m pytest tests/crash/test_cluster.py $(PYTEST_ARGS)

# 300 visitors take a test on networks that fail at random. `make test` has a few of them.
test-lives: $(VENV)/.dev system
	LIVES=$${LIVES:-300} $(BIN)/python -m pytest tests/browser/test_lives.py $(PYTEST_ARGS)

# Run the cases of tests/clients, and the snippets of docs/integrations.md, through the clients of all
# languages, and try the demo sites that use them; `CLIENTS=php` chooses. PHP comes by apt, Node by pip,
# Express by npm. `make test` runs a short part of it, through the Python client alone.
test-clients: $(VENV)/.dev $(VENV)/.snippets system php
	CLIENTS=$(or $(CLIENTS),all) $(BIN)/python -m pytest tests/clients tests/reference/test_examples.py \
	  tests/browser/test_partner_sites.py $(PYTEST_ARGS)

# Plant each of ten mistakes alone in the demo site and rehearse it, and the sites in PHP and Node.
# `make test` plants all mistakes at once.
test-rehearsal: $(VENV)/.dev system php
	EVERY_MISTAKE=1 CLIENTS=all $(BIN)/python -m pytest tests/rehearsal $(PYTEST_ARGS)

# Pages with React 18, React 19 and Vue 3, built by their own tools from the tarball of the widget's
# package. What each needs is installed once, by npm; later runs take two minutes.
PAGES := $(addprefix $(VENV)/pages/,react18 react19 vue)
test-widget-packages: $(VENV)/.dev system $(addsuffix /.installed,$(PAGES))
	WIDGET_PAGES=$(VENV)/pages $(BIN)/python -m pytest tests/browser/test_widget_package.py tests/browser/test_widget_pages.py $(PYTEST_ARGS)

$(VENV)/pages/%/.installed: clients/widget/tests/%/package.json $(VENV)/.dev
	mkdir -p $(@D)
	cp $< $(@D)/package.json
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund --prefix $(@D)
	touch $@

# Check format, lint, types and layers, and that the guides' links lead somewhere: every commit on main
# passes exactly this.
check: $(VENV)/.dev check-python docs
	$(BIN)/node $(VENV)/typescript/node_modules/typescript/bin/tsc --project jsconfig.json
	$(BIN)/node $(VENV)/typescript/node_modules/typescript/bin/tsc --project clients/node

check-python: $(VENV)/.python
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd clients/python && ../../$(BIN)/mypy
	$(BIN)/vermin --quiet --no-tips --eval-annotations --violations --target=3.9- clients/python/widget_gateway_client
	$(BIN)/lint-imports
	$(BIN)/python -m clients.generator --check

# Build the guides as a site, in build/docs; any web server can serve it. A link or anchor that leads
# nowhere is a fault, and so is a page without a place in the navigation.
docs: $(VENV)/.python
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

# Measure how soon a slow phone shows the first question; it takes about ten minutes.
bench-widget: $(VENV)/.dev system
	$(BIN)/python benchmarks/widget.py

# Measure what members and gateways carry (docs/capacity.md); it takes about fifteen minutes.
bench-capacity: $(VENV)/.dev
	$(BIN)/python benchmarks/capacity.py

# Time the console's pages over a million results; it takes about five minutes.
bench-console: $(VENV)/.dev
	$(BIN)/python benchmarks/console.py

bench-search: $(VENV)/.dev
	$(BIN)/python benchmarks/search_quality.py

bench-ranking: $(VENV)/.dev
	$(BIN)/python benchmarks/search_ranking.py

# Put the widget into few and small files, in static/widget/dist. The gateway serves them while they are
# of the modules beside them.
bundle: $(VENV)/.dev
	NODE_PATH=$(VENV)/typescript/node_modules $(BIN)/node static/bundle.cjs

# The packages have the bundle. The checkout goes on with the plain modules.
wheel: bundle
	$(BIN)/python -m build
	$(BIN)/python -m build --outdir dist clients/python
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/node clients/widget/pack.cjs dist
	rm -rf static/widget/dist

# The system's packages, which pip can't install: libcurl for the embedded mongod, Pango for PDFs, and
# for the tests browsers and the programs that read the files of deploy/.
LIBRARIES := fonts-dejavu-core libcurl4 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
# Each program and its package. None of them becomes a service: tests run their own, on other ports.
TOOLS := haproxy:haproxy nginx:nginx-light openssl:openssl promtool:prometheus systemd-analyze:systemd
# With SYSTEMD_OFFLINE systemctl starts nothing.
APT = if [ "$$(id -u)" = 0 ]; then run=; else run=sudo; fi; $$run apt-get update -qq && \
	$$run env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get install -y -qq --no-install-recommends

libraries:
	@PATH="$$PATH:/usr/sbin:/sbin"; ldconfig -p | grep -q libcurl.so.4 && ldconfig -p | grep -q libpangoft2 || \
	{ $(APT) $(LIBRARIES); }

# Headless Chromium does the same in half the time; where there is no such package, Chromium will do.
system: libraries
	@command -v chromium-headless-shell >/dev/null || { $(APT) chromium-headless-shell; } || \
	command -v chromium >/dev/null || { $(APT) chromium; }
	@PATH="$$PATH:/usr/sbin:/sbin"; for tool in $(TOOLS); do \
	  command -v $${tool%%:*} >/dev/null && continue; \
	  { $(APT) $${tool##*:}; } || echo "Without $${tool%%:*} its tests are skipped."; \
	  for unit in $${tool%%:*} $${tool##*:}; do $$run env SYSTEMD_OFFLINE=1 systemctl disable --quiet $$unit 2>/dev/null; done; \
	done; true
	@command -v firefox-esr >/dev/null || { $(APT) firefox-esr; } || echo "Without Firefox its tests are skipped."
	@php -m 2>/dev/null | grep -qx curl || { $(APT) php-cli php-curl; } || echo "Without PHP its tests are skipped."

# What the PHP client and its tests need: the language, interfaces of PSR, clients that have them, and tools.
PHP := composer php-cli php-codesniffer php-curl php-illuminate-cache php-illuminate-config php-illuminate-events php-illuminate-routing php-mbstring php-nyholm-psr7 php-psr-http-client php-psr-http-factory php-psr-log php-sqlite3 php-symfony-http-client php-xml phpunit
php:
	@[ "$$(dpkg-query --show --showformat='$${db:Status-Status}\n' $(PHP) 2>/dev/null | grep -cx installed)" = $(words $(PHP)) ] || \
	{ $(APT) $(PHP); }

# An environment belongs to the Python that made it: for another version it is made anew.
$(VENV)/.made-by-$(VERSION):
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/.demo: setup.py $(VENV)/.made-by-$(VERSION)
	$(BIN)/pip install --quiet --editable '.[embedded]'
	touch $@

$(VENV)/.python: setup.py $(VENV)/.made-by-$(VERSION)
	$(BIN)/pip install --quiet --editable '.[embedded,test,dev]'
	touch $@

$(VENV)/.dev: $(VENV)/.python Makefile
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-save --no-audit --no-fund \
	  --prefix $(VENV)/typescript $(TYPESCRIPT) $(ASYNCAPI) $(ESBUILD)
	touch $@

$(VENV)/.snippets: $(VENV)/.dev
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-save --no-audit --no-fund \
	  --prefix $(VENV)/snippets $(EXPRESS)
	touch $@

clean:
	rm -rf $(VENV) build dist static/widget/dist *.egg-info var
