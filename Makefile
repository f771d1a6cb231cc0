# Mainstay: `make run` and `make test` need Python 3.11+ with venv, make, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench fuzz shots lock clean python-run python-dev frontend

PYTHON ?= python3
PY := .venv/bin/python
CHROMIUM := $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
PYTEST := $(PY) -m pytest -n 2
# The static checks must not meet a database: they read nothing that `make run` wrote.
STATIC := MAINSTAY_HOME=$(CURDIR)/.venv/no-home $(PY)

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Ctrl-C reaches everybody; SIGTERM to make is passed on. SIGINT to make alone is not: make leaves
# that signal to the terminal. A script that stops it sends SIGTERM.
run: python-run ## start everything in this terminal (PORT=8000, MAINSTAY_HOME=.mainstay)
	@exec $(PY) manage.py up

test: python-dev frontend ## the whole suite (ARGS= for pytest)
ifneq ($(CHROMIUM),)
	$(PYTEST) $(ARGS)
else ifeq ($(MAINSTAY_REQUIRE_BROWSER),1)
	@echo "No Chromium was found, and MAINSTAY_REQUIRE_BROWSER=1 forbids skipping its tests." && exit 1
else
	$(PYTEST) -m "not browser" $(ARGS)
	@echo "Skipped: the browser tests, because no Chromium was found (apt-get install chromium)."
endif

test-fast: python-dev frontend ## the suite without browser and slow tests, under two minutes
	$(PYTEST) -m "not browser and not slow" $(ARGS)

check: python-dev ## static: style, types, layers, migrations, templates; no database
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	$(STATIC) manage.py makemigrations --check --dry-run
	$(STATIC) manage.py check_templates
	$(STATIC) manage.py check

bench: python-dev ## speed against its limits (ROWS=name,... for some)
	ROWS="$(ROWS)" $(PY) -m bench

fuzz: python-dev frontend ## the API against its document until Ctrl-C or a failure (OPERATIONS=path)
	OPERATIONS="$(OPERATIONS)" $(PY) -m pytest -n 0 tests/fuzzing.py $(ARGS)

shots: python-dev frontend ## pictures of every page, by Chromium
	$(PY) -m tests.browser.shots

lock: python-dev ## resolve the dependencies of pyproject.toml anew
	@for kind in -dev ""; do \
	  [ "$$kind" = -dev ] && scope="--group dev" || scope="-c requirements-dev.lock"; \
	  .venv/bin/uv pip compile pyproject.toml $$scope --universal --generate-hashes --quiet \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	    --python-version 3.11 -o requirements$$kind.lock || exit 1; \
	done
	npm install --package-lock-only

clean: ## remove everything that make made here, the demo's data included
	@$(PYTHON) -m runtime.clean

python-run:
	@$(PYTHON) -m runtime.venv run

python-dev:
	@$(PYTHON) -m runtime.venv dev

frontend:
	@$(PY) -m runtime.frontend
