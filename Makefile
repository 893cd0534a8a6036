# Everything here needs python3 >= 3.11 with its venv module, and make. `make` alone lists what there is.

.DEFAULT_GOAL := help
.PHONY: help demo run test fuzz check bench chaos chaos-smoke soak runtime dev
PYTHON := .venv/bin/python
# Further arguments of a command: make demo ARGS="--no-traffic --port 9000"
ARGS ?=

help: ## List the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: runtime ## A believable organisation with live alerts, in the browser, in a minute
	@exec $(PYTHON) manage.py demo $(ARGS)

run: runtime ## The product on this machine: web, worker and beat, until Ctrl-C
	@exec $(PYTHON) manage.py serve $(ARGS)

test: dev ## The tests on SQLite, then on PostgreSQL and Redis where they can be reached
	@exec .ci/test $(ARGS)

fuzz: dev ## schemathesis over the whole API, on SQLite or on what DATABASE_URL names: CASES=2000
	@FUZZ_CASES=$(or $(CASES),2000) exec $(PYTHON) -m pytest -n 2 -q tests/api/test_schema_fuzz.py $(ARGS)

check: dev ## Lint, types, import order, migrations both ways, schema, lock files, SBOM
	@exec .ci/check

bench: dev ## The benchmarks, as ratios to the database's own limit
	@exec $(PYTHON) -m bench $(ARGS)

chaos: dev ## 50,000 alerts while 200 processes are killed (five minutes): SEED=.. ALERTS=.. KILLS=..
	@exec $(PYTHON) -m tests.chaos --alerts $(or $(ALERTS),50000) --kills $(or $(KILLS),200) $(if $(SEED),--seed $(SEED)) $(ARGS)

chaos-smoke: dev ## 3,000 alerts while 10 processes are killed (under a minute)
	@exec $(PYTHON) -m tests.chaos --alerts 3000 --kills 10 $(if $(SEED),--seed $(SEED)) $(ARGS)

soak: dev ## Half an hour of load and faults: MIN=30
	@exec $(PYTHON) -m tests.chaos --alerts 180000 --kills 100 --minutes $(or $(MIN),30) $(ARGS)

runtime:
	@.ci/venv requirements.lock

dev:
	@.ci/venv requirements-dev.lock
