# Rapport: `make demo` shows the whole chain, `make test` proves it. GNU make 3.81 and bash 3.2 are enough.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help venv demo up down test check format lock clean

help: ## Show these targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:.*## /|/' | while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

venv: ## Make the virtual environment from the lock (a second call is instant)
	@scripts/make-venv

demo: venv ## Run the whole chain on a simulated company and show where everything is
	@$(BIN)/python -m rapport.demo run $(DEMO_ARGS)

up: venv ## Keep Airflow and the simulated systems running, with Airflow's page
	@$(BIN)/python -m rapport.demo up $(DEMO_ARGS)

down: venv ## Stop what `make up` started
	@$(BIN)/python -m rapport.demo down

test: venv ## Run the unit and end-to-end tests
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: venv ## Lint, types and parse of SQL, YAML and dbt
	@scripts/check

format: venv ## Format Python and SQL in place
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .
	@scripts/sqlfluff fix --quiet

lock: venv ## Resolve requirements.lock anew from pyproject.toml
	@scripts/make-venv --uv pip compile --universal --python-version 3.11 --no-header --no-annotate --quiet --upgrade --extra dev --output-file requirements.lock pyproject.toml

clean: ## Remove var/ and .venv, everything that was made here
	@if [ -x $(BIN)/python ] && [ -f var/up.json ]; then $(BIN)/python -m rapport.demo down; fi
	@rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src tests dags benchmarks companies -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
