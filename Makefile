# The two commands are `make run` and `make test`; both set up all they need and may be repeated.
.PHONY: help run test test-slow bench docs lint format tools release-check clean
.DEFAULT_GOAL := help

# Words for the commands below, such as: make run ARGS="--ports auto"
ARGS ?=

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## Set up, then start the whole loop with the simulated building
	@tools/set-up run
	@exec .venv/bin/sothat up $(ARGS)

test: ## Set up, lint, check types and run the tests
	@tools/set-up test
	@$(MAKE) --no-print-directory lint
	.venv/bin/python -m pytest -m "not slow" -n 2 --dist loadfile $(ARGS)

test-slow: ## Soaks, clusters and the old-release matrix as well
	@tools/set-up test
	@if command -v go >/dev/null; then tools/set-up tools && tools/set-up cluster; fi
	.venv/bin/python -m pytest $(ARGS)

bench: ## Measure against peers, ratios from one run
	@tools/set-up test
	.venv/bin/python -m pytest benchmarks -q -s $(ARGS)

lint: ## Style, types, import direction, freshness of compiled/
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy -p sothat
	.venv/bin/lint-imports
	.venv/bin/sothat build --check

docs: ## Build the documentation as a site with a search, into build/docs
	@tools/set-up run
	.venv/bin/python tools/docs $(ARGS)

format: ## Format the code
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

tools: ## Compile the current releases of Prometheus, Alertmanager and Helm (needs Go)
	@tools/set-up tools

release-check: ## Build what a release consists of into dist/; TAG=v0.1.0: version, tag and changelog agree
	@tools/set-up test
	.venv/bin/python tools/release $(if $(TAG),--tag $(TAG))

clean: ## Remove what was built and cached, not the data of a loop
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
