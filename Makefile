# Every task has a name here; `make` alone lists them. Nothing but Python (with venv) and make is needed.

VENV := .venv
BIN := $(VENV)/bin
# Written last, so that a half-made environment is made again; named after PYTHON, so that another PYTHON makes another.
READY := $(VENV)/ready-$(subst /,_,$(or $(PYTHON),any))

# Sets $python to the first candidate that runs (a pyenv shim may exist without running), is of the right age, and can make
# environments (Debian packs that apart). Its real path, because the name may lead into the environment that is replaced.
# Asked elsewhere, because pyenv would take .python-version for its own, which says what Heroku runs.
CANDIDATES := $(or $(PYTHON),python3.11 python3.12 python3.13 python3)
FITS := import ensurepip, os, sys, venv; \
	(3, 11) <= sys.version_info < (3, 14) or sys.exit(1); print(os.path.realpath(sys.executable))
FIND_PYTHON = \
	for candidate in $$(which -a $(CANDIDATES) 2>/dev/null); do \
		python=$$(cd / && "$$candidate" -c '$(FITS)' 2>/dev/null) && break; \
	done; \
	test -n "$$python" || { \
		echo "No Python 3.11 to 3.13 that makes environments (tried: $(CANDIDATES)):" \
			"apt-get install python3 python3-venv, or name one with PYTHON=/path/to/python" >&2; \
		exit 1; \
	}

# Which tests go in which of four groups, so that these end at about the same time.
BESIDE := $(addprefix tests/processes/test_,operators.py rehearsal.py release.py two_machines.py)
WITH_BROWSER := tests/browser tests/web/test_mobile_contract.py tests/processes/test_database_fails.py \
	$(addprefix tests/contracts/test_,provider.py float.py reconcile.py history.py long_lists.py)
WITH_PROCESSES := tests/processes tests/adapters tests/simulation tests/simulator
without = $(addprefix --ignore=,$(1))

.DEFAULT_GOAL := help
.PHONY: help demo staging clients simulate fuzz test screenshots lint types sure format lock clean

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Run Flash here with a sandbox operator (ONCE=1: send one payment, then stop)
	@$(BIN)/flash demo $(if $(filter 1,$(ONCE)),--once)

staging: $(READY) ## Run production's settings here against stand-ins for MTN and Airtel (ONCE=1: one payment, then stop)
	@$(BIN)/python tests/staging.py $(if $(filter 1,$(ONCE)),--once)

clients: $(READY) ## Try independent client libraries for MTN on our stand-in for it (fetches them; needs node)
	@$(BIN)/python tests/clients/run.py

simulate: $(READY) ## Run the core by seed against operators that lie, while processes die (SEEDS=20000: more)
	@$(BIN)/flash simulate --seeds $(or $(SEEDS),2000)

fuzz: $(READY) ## Try every route of the live service, as a person and as nobody (FUZZ=5000: more calls; FUZZ=short: fewer)
	@$(BIN)/python tests/fuzz.py $(if $(filter short,$(FUZZ)),--short,--examples $(or $(FUZZ),500))

test: $(READY) ## Run the tests on real PostgreSQL and Redis (T=tests/domain: only some)
ifdef T
	@$(BIN)/pytest $(T)
else
	@# Four groups at once, because many tests mostly wait; three of them are told when the fourth has ended.
	@told=$$(mktemp -d) && trap 'rm -rf $$told' EXIT; \
	$(BIN)/pytest $(BESIDE) >$$told/beside 2>&1 & beside=$$!; \
	$(BIN)/pytest $(WITH_PROCESSES) $(call without,$(BESIDE) $(WITH_BROWSER)) >$$told/processes 2>&1 & processes=$$!; \
	$(BIN)/pytest $(WITH_BROWSER) >$$told/browser 2>&1 & browser=$$!; \
	$(BIN)/pytest $(call without,$(BESIDE) $(WITH_BROWSER) $(WITH_PROCESSES)) && others=0 || others=$$?; \
	wait $$beside && beside=0 || beside=$$?; \
	wait $$processes && processes=0 || processes=$$?; \
	wait $$browser && browser=0 || browser=$$?; \
	cat $$told/*; \
	exit $$((others + beside + processes + browser))
endif

screenshots: $(READY) ## Take a picture of every screen of the web app, as four phones show it (needs chromium; KEEP=1: also those shown elsewhere)
	@$(BIN)/python tests/screenshots.py $(if $(filter 1,$(KEEP)),--keep)

lint: $(READY) ## Check format, style, types and who imports whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

types: tools/web/node_modules ## Check the types of the web app (needs npm)
	@cd tools/web && npm run --silent types

tools/web/node_modules: tools/web/package-lock.json
	@cd tools/web && npm ci --silent --no-audit --no-fund && touch node_modules

sure: lint types test ## Everything that must hold before a commit

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

lock: ## Remake requirements.lock and requirements.txt from setup.py (UPGRADE=1: with the newest versions)
	@$(FIND_PYTHON); \
	uv=$$(mktemp -d) && trap 'rm -rf "$$uv"' EXIT && \
	"$$python" -m venv "$$uv" && "$$uv/bin/pip" install -qq uv && \
	compile="$$uv/bin/uv pip compile --quiet --no-config --python $$python --universal --python-version 3.11 --generate-hashes" && \
	$$compile --custom-compile-command 'make lock' --extra dev $(if $(filter 1,$(UPGRADE)),--upgrade) \
		--output-file requirements.lock setup.py && \
	$$compile --custom-compile-command 'make lock' --constraint requirements.lock --no-annotate --extra s3 --extra telemetry \
		--output-file requirements.txt setup.py

clean: ## Remove the environment, caches and the demo's data
	@rm -rf $(VENV) tools/web/node_modules var build dist src/*.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find src tests alembic -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(READY): requirements.lock setup.py
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$python (about a minute)"; \
	rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
