# Throughline. `make` alone shows what there is.
PORT ?= 8000
WORKERS ?= 2
SIZE ?= 50000
SEED ?= 1
PYTHON ?= python3
RUN := .venv/bin/python
export PORT PYTHON WORKERS

.DEFAULT_GOAL := help
.PHONY: help install demo serve test faults bench fmt lock migrations

help: ## show this
	@echo "Throughline: every model from the brief to live, one accountable owner per stage."
	@echo
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

install: ## make .venv and fetch the front-end packages, nothing more
	@exec tracker/operations/install.sh run

demo: ## try it: sample portfolio on http://127.0.0.1:8000 (PORT=8000)
	@exec tracker/operations/install.sh --port "$(PORT)" --command "make demo" run
	@exec $(RUN) -m tracker.operations.demo --port "$(PORT)"

serve: ## production, against DATABASE_URL and CELERY_BROKER_URL (PORT=8000 WORKERS=2)
	@exec tracker/operations/install.sh --port "$(PORT)" --command "make serve" run
	@exec $(RUN) -m tracker.operations.serve --port "$(PORT)" --workers "$(WORKERS)"

test: ## every check and test; says at the end on which databases, and whether in a browser
	@exec tracker/operations/install.sh --command "make test" dev
	@exec $(RUN) -m tests.run

faults: ## break a whole Throughline of its own in every way, and say what was lost (SEED=1)
	@exec tracker/operations/install.sh --command "make faults" dev
	@exec $(RUN) -m tests.faults --seed "$(SEED)" --out var/faults.md

bench: ## pages, trail and engine beside hand-written SQL, on PostgreSQL (SIZE=50000 models)
	@exec tracker/operations/install.sh --command "make bench" dev
	@exec $(RUN) -m bench --size "$(SIZE)"

fmt: ## format Python, and fix what can be fixed
	@exec tracker/operations/install.sh --command "make fmt" dev
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

migrations: ## write the migrations that the models ask for
	@THROUGHLINE_MODE=demo $(RUN) manage.py makemigrations

lock: ## compile the lock files anew from pyproject.toml
	@$(RUN) -m uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	@$(RUN) -m uv pip compile $(COMPILE) -c requirements.txt --group dev pyproject.toml -o requirements-dev.txt
	@$(RUN) -m uv pip compile $(COMPILE) --group npm -o requirements-npm.txt

COMPILE := --quiet --universal --generate-hashes --no-header --no-annotate --no-strip-extras --python-version 3.11
