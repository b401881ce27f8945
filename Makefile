# Everything a person or CI does here. Paths are relative, so the folder's own name does not matter.
# Extra arguments: make test ARGS="-k mask"; make run ARGS="--help".

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
BENCH_PY := .bench/bin/python
SDK := tests/contract/sdk
CLIENTS := tests/contract/clients
ARGS ?=
UPGRADE ?=

PIP_FLAGS := --quiet --disable-pip-version-check --no-input --require-hashes
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help setup runtime run test check format bench lock sdk sdk-python sdk-node clean

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(PY) ## .venv with everything a developer needs, from the lock
	@$(call install,$(PY),requirements-dev.lock,$(VENV)/.requirements-dev.lock)
	@cp requirements.lock $(VENV)/.requirements.lock

runtime: $(PY)
	@$(call install,$(PY),requirements.lock,$(VENV)/.requirements.lock)

run: runtime ## start the gateway: sandbox and embedded store unless told otherwise
	@exec $(PY) -m service serve $(ARGS)

test: setup sdk ## all tests, those with the official SDKs too
	@$(PY) -m pytest $(ARGS)

check: setup ## format, lint, types, import contracts
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports

format: setup ## put the code in order
	@$(PY) -m ruff check --fix --quiet .
	@$(PY) -m ruff format .

bench: setup $(BENCH_PY) ## start, memory, masks, uploads, costs, teams: times and peaks; over a limit fails
	@$(call install,$(BENCH_PY),requirements.lock,.bench/.requirements.lock)
	@BENCH_PYTHON=$(BENCH_PY) $(PY) -m tests.bench

lock: setup ## write the lock files again (UPGRADE=--upgrade: with the newest versions)
	$(PY) -m uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.lock
	$(PY) -m uv pip compile $(LOCK_FLAGS) --group dev pyproject.toml -o requirements-dev.lock
	$(PY) -m uv pip compile $(LOCK_FLAGS) $(SDK)/python-newest.in -o $(SDK)/python-newest.lock
	$(PY) -m uv pip compile $(LOCK_FLAGS) $(SDK)/python-1.in -o $(SDK)/python-1.lock
	$(PY) -m uv pip compile $(LOCK_FLAGS) $(CLIENTS)/langchain.in -o $(CLIENTS)/langchain.lock
	$(PY) -m uv pip compile $(LOCK_FLAGS) $(CLIENTS)/litellm.in -o $(CLIENTS)/litellm.lock

sdk: sdk-python sdk-node ## the official SDKs and other clients, each in an environment of its own under .sdk

SDK_PYTHON := .sdk/python-newest/bin/python .sdk/python-1/bin/python
CLIENT_PYTHON := .sdk/langchain/bin/python .sdk/litellm/bin/python

sdk-python: $(SDK_PYTHON) $(CLIENT_PYTHON)
	@$(call install,.sdk/python-newest/bin/python,$(SDK)/python-newest.lock,.sdk/python-newest/.lock)
	@$(call install,.sdk/python-1/bin/python,$(SDK)/python-1.lock,.sdk/python-1/.lock)
	@$(call install,.sdk/langchain/bin/python,$(CLIENTS)/langchain.lock,.sdk/langchain/.lock)
	@$(call install,.sdk/litellm/bin/python,$(CLIENTS)/litellm.lock,.sdk/litellm/.lock)

sdk-node:
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
		$(call install-node,$(SDK)/node,.sdk/node) && $(call install-node,$(CLIENTS)/node,.sdk/clients); \
	elif [ "$$CI" = true ]; then \
		echo "node and npm are required where CI=true" >&2; exit 1; \
	else \
		echo "no node and npm here: tests with the Node SDK and clients in JavaScript will be skipped"; \
	fi

clean: ## throw away environments and caches (.ideogate, the store, stays)
	rm -rf $(VENV) .sdk .bench .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(PY) $(BENCH_PY) $(SDK_PYTHON) $(CLIENT_PYTHON):
	@$(call new-venv,$(patsubst %/bin/python,%,$@))

# install PYTHON, LOCK, STAMP: the stamp is a copy of the lock, so a fresh checkout's times do not matter.
define install
cmp -s $(2) $(3) || { echo "installing $(2)"; $(1) -m pip install $(PIP_FLAGS) -r $(2) && cp $(2) $(3); }
endef

# install-node FOLDER, HOME: its package-lock.json is the stamp.
define install-node
{ cmp -s $(1)/package-lock.json $(2)/.lock || { echo "installing $(1)/package-lock.json"; \
rm -rf $(2) && mkdir -p $(2) && cp $(1)/package.json $(1)/package-lock.json $(1)/.npmrc $(2)/ && \
(cd $(2) && npm ci --silent --ignore-scripts) && cp $(1)/package-lock.json $(2)/.lock; }; }
endef

define new-venv
command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 or newer" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V); name another: make PYTHON=python3.12" >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
$(PYTHON) -m venv $(1) || { rm -rf $(1); exit 1; }
endef
