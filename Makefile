# Everything is built into .venv; nothing outside the checkout is touched.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

.PHONY: demo build test test-all lint docs bench reference golden release
.DEFAULT_GOAL := demo

demo: build            ## build, then fit High School & Beyond end to end
	$(BIN)/echelon fit hsb "mathach ~ ses * sector + (ses | school)"

$(BIN)/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip "maturin>=1.9,<2"

build: $(BIN)/python   ## a release build: a debug build of the core is 50 times slower
	VIRTUAL_ENV=$(CURDIR)/.venv PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin develop --release --quiet

$(STAMP)-test: pyproject.toml | build
	VIRTUAL_ENV=$(CURDIR)/.venv PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin develop --release --quiet --extras test
	@touch $@

test: build $(STAMP)-test lint   ## the quick suite: lint, types, Rust tests, Python tests
	cargo test --quiet --release -p echelon-core
	$(BIN)/python -m pytest -m "not slow"

test-all: build $(STAMP)-test lint
	cargo test --quiet --release -p echelon-core
	$(BIN)/python -m pytest

lint: $(STAMP)-test
	$(BIN)/ruff check python tests benchmarks
	$(BIN)/mypy
	cargo fmt --all --check
	cargo clippy --quiet --release --workspace -- -D warnings

bench: build           ## time echelon beside the peers that are installed (benchmarks/README.md)
	$(BIN)/python -m benchmarks $(BENCH)

docs: build
	$(BIN)/python -m pip install --quiet -e ".[docs]"
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html
