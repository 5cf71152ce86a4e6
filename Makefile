# On a fresh machine `make run` and `make test` do all the set-up.
# Everything is built in release, so that the bindings to libtorch are compiled once.

SUITE ?= suites/key.yaml
GOLDEN ?= ../shared/golden
CARGO ?= cargo
unexport LIBTORCH_USE_PYTORCH

.PHONY: run test build lint golden calibrate perf cuda-check gpu-figures libtorch clean

run: libtorch
	$(CARGO) run --release -- run $(SUITE)

test: libtorch
	$(CARGO) test --release --workspace

build: libtorch
	$(CARGO) build --release

lint: libtorch
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

golden: libtorch
	$(CARGO) run --release --quiet --example golden -- $(GOLDEN)

# What intervals, verdicts and tests are worth, on simulated results; COUNT=200 tries it in seconds.
calibrate: libtorch
	$(CARGO) run --release --quiet --example calibrate -- \
		$(if $(COUNT),--count $(COUNT) results/calibration.trial,results/calibration)

# With PYTHON=a Python that has librosa, soundfile and torch, the peers' figures stand beside ours;
# with PERF_MP3=a stereo MP3 file of a minute or more, decoding MP3 is measured too.
perf: libtorch
	$(CARGO) bench --bench throughput
	$(if $(PYTHON),CARGO="$(CARGO)" $(PYTHON) scripts/peers.py)

# Compiles nothing: the tests may have been built on another machine (`make test`). With CHECK_DEVICE=cpu
# and CHECK=training the tests of training try themselves where there is no such device.
cuda-check:
	@binary=$$(ls -t $${CARGO_TARGET_DIR:-target}/release/deps/cuda-* 2>/dev/null | grep -v '\.d$$' | head -n 1); \
	test -n "$$binary" || { echo "cuda-check: no built tests; run make test first" >&2; exit 1; }; \
	"$$binary" --ignored --test-threads=1 $(CHECK)

# With PYTHON=a Python that has torch 2.11, PyTorch's figures stand beside ours. Compiles nothing, either.
gpu-figures:
	@PYTHON="$(PYTHON)" scripts/gpu-figures.sh

libtorch:
	@scripts/libtorch.sh

clean:
	$(CARGO) clean
	rm -rf .libtorch.partial .libtorch.wheels
