# Everything is built into .venv; nothing outside the checkout is touched.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp
# A process per core, of one thread each; what it has compiled of the tests is kept.
PYTEST := PYTHONDONTWRITEBYTECODE= ECHELON_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	$(BIN)/python -m pytest -n logical --dist loadfile
MATURIN := VIRTUAL_ENV=$(CURDIR)/.venv PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/maturin

.PHONY: demo build test test-all lint docs bench reference golden release
.DEFAULT_GOAL := demo

demo: build            ## build, then fit High School & Beyond end to end
	$(BIN)/echelon fit hsb "mathach ~ ses + (ses | school)"

$(BIN)/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip "maturin>=1.9,<2"

# With what charts and reports need: the README shows them, and its two commands are all the set-up.
build: $(BIN)/python   ## a release build: a debug build of the core is 50 times slower
	@command -v cargo >/dev/null || { echo "Rust is needed to build the core: https://rustup.rs"; exit 1; }
	$(MATURIN) develop --release --quiet --extras report
	@$(BIN)/python -m compileall -q python/echelon

$(STAMP)-%: pyproject.toml | build
	$(MATURIN) develop --release --quiet --extras $*
	@touch $@

test: build lint       ## the quick suite: lint, types, Rust tests, Python tests
	cargo test --quiet --release -p echelon-core
	$(PYTEST) -m "not slow"

test-all: build lint   ## and the slow ones
	cargo test --quiet --release -p echelon-core
	$(PYTEST)

lint: $(STAMP)-test
	$(BIN)/ruff check python tests benchmarks docs
	$(BIN)/mypy
	@# A minimal Rust toolchain has neither; the ordinary one has both.
	@if command -v rustfmt >/dev/null; then cargo fmt --all --check; else echo "rustfmt: not installed, skipped"; fi
	@if command -v cargo-clippy >/dev/null; then cargo clippy --quiet --release --workspace --all-targets -- -D warnings; else echo "clippy: not installed, skipped"; fi

docs: $(STAMP)-docs    ## pages into docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -E -W --keep-going --quiet -b html docs docs/_build/html

bench: build           ## echelon beside the peers that are installed
	$(BIN)/python -m benchmarks

reference: $(STAMP)-test  ## our numbers against other programs
	$(BIN)/python -m pytest tests/reference

golden: $(STAMP)-test  ## write the expected texts anew: printed output, and the outputs in the docs
	$(BIN)/python -m tests.golden.texts
	$(BIN)/python -m tests.contract.pages

release: build         ## the wheel of this machine and the source, into dist/
	$(MATURIN) build --release --locked --out dist
	$(MATURIN) sdist --out dist
