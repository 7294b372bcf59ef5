# The targets are the interface; what they run stands in scripts/ and in the packages' own commands.
# Every target sets up what it needs: the first run says what it installs, the next ones go straight to work.

VENV := .venv
PEERS := .cache/bench-vram
CUDA := .cache/cuda
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.ready
# What scripts/setup installs; the other locks are the images' and the benches'.
LOCKS := $(addprefix requirements/,dev.lock model.lock uv.lock)

# Tests that have a target of their own.
SLOW := tests/reliability tests/cluster tests/gitops tests/images tests/release

.DEFAULT_GOAL := help
.PHONY: help demo test test-nightly test-kill test-cluster test-gitops test-release bench-activation bench-outages bench-curves gpu images test-images lint format bench bench-vram samples lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): $(LOCKS) serving/pyproject.toml plugins/pyproject.toml scripts/setup
	@scripts/setup $(VENV)
	@touch $@

demo: $(STAMP) ## A document becomes checked JSON on this machine. ONCE=1: submit serving/samples and exit
	@scripts/system-packages demo
	@$(VENV)/bin/lamplighter-demo $(if $(ONCE),--once serving/samples) $(if $(PORT),--port $(PORT))

test: $(STAMP) ## The tests: real PostgreSQL, Ray Serve, Chromium, Helm. ARGS="-k name" narrows them
	@scripts/system-packages test
	@scripts/tools
	@scripts/promtool
	@scripts/javascript-client
	@$(PYTHON) -m pytest $(addprefix --ignore=,$(SLOW)) $(if $(ARGS),$(ARGS),--numprocesses 2 --dist loadfile)

test-nightly: $(STAMP) ## What takes longer: 20,000 generated values files, every key of every environment made wrong
	@scripts/tools
	@LAMPLIGHTER_NIGHTLY=1 $(PYTHON) -m pytest tests/plugins/test_any_values.py tests/plugins/test_mutations.py --timeout 3600 -rA -s $(ARGS)

test-kill: $(STAMP) ## The kill matrix: workers, gateways and PostgreSQL ended at random. ARGS="--kill-seeds 8" for more
	@$(PYTHON) -m pytest tests/reliability $(ARGS)

# Two processes: one has the node, on which most of the time is waited for, the other a control plane of its own.
test-cluster: $(STAMP) ## A real API server, node and KEDA: built from source the first time, fifteen minutes. Needs Go; the node root
	@[ "$$(id -u)" -ne 0 ] || scripts/system-packages cluster
	@scripts/tools
	@scripts/cluster-tools
	@$(PYTHON) -m pytest tests/cluster --numprocesses 2 --dist loadgroup $(ARGS)

test-gitops: $(STAMP) ## A real Argo CD syncs environments from git: built the first time, ten minutes. Needs Go
	@scripts/system-packages gitops
	@scripts/tools
	@scripts/cluster-tools etcd kube-apiserver kube-controller-manager kube-scheduler kubectl crds argocd
	@$(PYTHON) -m pytest tests/gitops $(ARGS)

bench-activation: $(STAMP) ## Commit of a job to the first replica, by trigger, on a real node: docs/benchmarks.md. Minutes; needs root and Go
	@scripts/system-packages cluster
	@scripts/cluster-tools
	@PYTHONPATH=tests $(PYTHON) -m cluster.activation

bench-curves: $(STAMP) ## Time to each replica, real control plane beside the simulation: docs/benchmarks.md. Ten minutes; needs root, Go
	@scripts/system-packages cluster
	@scripts/tools
	@scripts/cluster-tools
	@PYTHONPATH=tests $(PYTHON) -m cluster.curves

bench-outages: $(STAMP) ## Prometheus, gateway, database, KEDA, API server away and back, by trigger: docs/reliability.md. Needs root and Go
	@scripts/system-packages cluster
	@scripts/cluster-tools
	@PYTHONPATH=tests $(PYTHON) -m cluster.outages $(ONLY)

test-release: $(STAMP) ## A release to a real registry, and environments rendered from it by digest. A minute
	@scripts/system-packages release
	@scripts/tools
	@$(PYTHON) -m pytest tests/release $(ARGS)

images: ## Build the gateway's and the CPU worker's images into .cache/images, and say what they weigh. NAMES="gateway cmp"
	@docker info >/dev/null 2>&1 || scripts/system-packages images
	@scripts/images $(NAMES)

test-images: $(STAMP) ## The images: built, looked through, run as the chart runs them, rebuilt. Minutes; needs root
	@scripts/system-packages images
	@scripts/tools
	@$(PYTHON) -m pytest tests/images $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict and the import rules
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo 2>/dev/null || $(VENV)/bin/lint-imports

format: $(STAMP) ## Format the Python code
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

bench: $(STAMP) ## Ratios measured in one run, written to docs/benchmarks.md. ONLY=gateway narrows them
	@scripts/system-packages bench
	@PYTHONPATH=tests $(PYTHON) -m bench $(ONLY)

# Five gigabytes, most of it torch: two of the calculators build the model's class. Removed by `make clean`.
$(PEERS)/.ready: requirements/bench-vram.lock | $(STAMP)
	@echo "bench-vram: the other calculators into $(PEERS) (minutes, the first time)" >&2
	@$(VENV)/bin/uv venv --quiet --clear --python $(PYTHON) $(PEERS)
	@VIRTUAL_ENV=$(PEERS) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements/bench-vram.lock
	@touch $@

bench-vram: $(STAMP) $(PEERS)/.ready ## Published GPU memory figures against our prediction and other calculators': docs/vram.md
	@PYTHONPATH=tests HF_HUB_OFFLINE=1 $(PYTHON) -m bench.vram $(PEERS)/bin/python

# The GPU worker's own lock, ten gigabytes. VLLM_PYTHON names a Python that has it already.
$(CUDA)/.ready: requirements/worker-vllm.lock | $(STAMP)
	@echo "gpu: vLLM and CUDA's libraries into $(CUDA) (ten gigabytes, the first time)" >&2
	@$(VENV)/bin/uv venv --quiet --clear --python $(PYTHON) $(CUDA)
	@VIRTUAL_ENV=$(CUDA) $(VENV)/bin/uv pip install --quiet --require-hashes -r requirements/worker-vllm.lock
	@touch $@

gpu: $(STAMP) ## Memory predicted against measured, wake and throughput on this machine's NVIDIA GPU: docs/gpu.md. Twenty minutes
	@nvidia-smi -L >/dev/null 2>&1 || { echo "gpu: nvidia-smi finds no GPU here; this target measures one." >&2; exit 2; }
	@[ -n "$(VLLM_PYTHON)" ] || $(MAKE) --no-print-directory $(CUDA)/.ready
	@PYTHONPATH=tests $(PYTHON) -m bench.gpu $(or $(VLLM_PYTHON),$(CUDA)/bin/python)

samples: $(STAMP) ## Make the sample invoices of serving/samples anew
	@scripts/system-packages test
	@$(PYTHON) scripts/samples/make.py

lock: $(STAMP) ## Resolve the dependencies anew into requirements/*.lock
	@scripts/lock $(VENV)

clean: ## Remove what the targets made, tools and environment included
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
