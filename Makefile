# Paperboy. `make` alone lists what there is.

VENV := .venv
BIN := $(VENV)/bin
TO_RUN := requirements.txt requirements-embedded.txt
TO_DEVELOP := $(TO_RUN) requirements-dev.txt
# Other requirements are another stamp: pip runs only when they changed.
stamp = $(VENV)/installed-$(shell cat $(1) | cksum | cut -d ' ' -f 1)
READY_TO_RUN := $(call stamp,$(TO_RUN))
READY_TO_DEVELOP := $(call stamp,$(TO_DEVELOP))
# Which Python makes the virtual environment; empty: the first on PATH that is new enough.
PYTHON ?=

# A process that may not keep compiled modules compiles them at each start, which takes three times as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run serve test check bench screenshots faults clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY_TO_RUN) ## Start everything, send an example invoice, show it being read, keep serving until Ctrl-C
	@$(BIN)/python -m embedded run

serve: $(READY_TO_RUN) ## The same without the example
	@$(BIN)/python -m embedded serve

test: $(READY_TO_DEVELOP) ## Run the whole test suite against real Postgres and Redis
	@$(BIN)/python -m pytest -q -n 4 --no-loadscope-reorder

check: $(READY_TO_DEVELOP) ## Lint, format check, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY_TO_DEVELOP) ## Measure and print the figures
	@$(BIN)/python -m bench

screenshots: $(READY_TO_DEVELOP) ## Take the pictures of docs/screenshots anew, in a real browser
	@$(BIN)/python -m tests.browser.screenshots

faults: $(READY_TO_DEVELOP) ## Break the real system in every way listed and count: lost, doubled, regressed
	@$(BIN)/python -m tests.faults

clean: ## Remove the virtual environment and caches; the data in DATA_DIR stays
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY_TO_RUN):
	@PYTHON='$(PYTHON)' sh embedded/set_up.sh $(VENV) '$(TO_RUN)' $@

$(READY_TO_DEVELOP):
	@PYTHON='$(PYTHON)' sh embedded/set_up.sh $(VENV) '$(TO_DEVELOP)' $@ $(READY_TO_RUN)
