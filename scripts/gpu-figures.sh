#!/bin/sh
# The figures of a GPU: training steps of three networks, each in turns with PyTorch's where PYTHON names a Python
# that has torch, mel spectrograms and a grid of probes. Compiles nothing: the program and its benches may have been
# built on another machine (`make build`, and `cargo bench --no-run` for the last two).
#
# DEVICE (cuda), BATCH (4096, of Myna), STEPS (20) and ROUNDS (3) change what is measured, CONFIG (paper) the
# settings of ours, OUT (gpu-figures) where the CSV files go.
set -eu

device=${DEVICE:-cuda} batch=${BATCH:-4096} steps=${STEPS:-20} rounds=${ROUNDS:-3} config=${CONFIG:-paper}
out=${OUT:-gpu-figures}
target=${CARGO_TARGET_DIR:-target}/release
here=$(dirname "$0")
program=$target/bench
test -x "$program" || { echo "gpu-figures: no $program; run make build first" >&2; exit 1; }
mkdir -p "$out"

# ours NAME METHOD BATCH PRECISION [SETTING…]: the figures of our step as NAME-ROUND.csv.
ours() {
    name=$1 method=$2 items=$3 precision=$4
    shift 4
    "$program" perf "$method" --config "$config" --batch "$items" --precision "$precision" --device "$device" \
        --steps "$steps" --store "$out/store" --threads "${THREADS:-8}" --csv "$out/$name-$round.csv" --quiet "$@"
}

# peer FIGURE PEER BATCH PRECISION: a line of peers.csv, if there is a peer.
peer() {
    test -n "${PYTHON:-}" || return 0
    "$PYTHON" "$here/gpu_peers.py" "$1" --peer "$2" --batch "$3" --precision "$4" --device "$device" --steps "$steps" |
        tee -a "$out/peers.csv"
}

plain='method.augment={polarity: {p: 0}, noise: {p: 0}, gain: {p: 0}, filter: {p: 0}, delay: {p: 0}, pitch: {p: 0}, reverb: {p: 0}}'
infonce='method.loss={name: infonce, temperature: 0.1}'
small=${SMALL_BATCH:-48}

"$program" --version | tee "$out/program.txt"
test -z "${PYTHON:-}" || echo "figure,peer,device,precision,batch,steps,items_per_second,peak_memory_bytes,versions" > "$out/peers.csv"
for round in $(seq "$rounds"); do
    ours myna myna_square "$batch" bf16 --set "$infonce"
    for kind in eager fused early compile; do peer myna "$kind" "$batch" bf16; done
    ours myna-f32 myna_square "$batch" f32 --set "$infonce"
    ours myna-parts myna_square "$batch" bf16 --set "$infonce" --set "train.micro_batch=$((batch / 4))"
    for precision in f32 bf16; do
        ours "clmr-$precision" clmr "$small" "$precision" --set "$plain"
        peer clmr eager "$small" "$precision"
        ours "simclr-$precision" simclr "$small" "$precision" --set "$plain"
        peer simclr eager "$small" "$precision"
    done
    ours clmr-augmented clmr "$small" f32
done

throughput=$(ls -t "$target"/deps/throughput-* 2>/dev/null | grep -v '\.d$' | head -n 1 || true)
if test -n "$throughput"; then
    PERF_DEVICE=$device CRITERION_HOME=$out/criterion "$throughput" --bench '^device/' | tee "$out/device.txt"
else
    echo "gpu-figures: mel and probes are left out: no built benches; run cargo bench --no-run first" >&2
fi
