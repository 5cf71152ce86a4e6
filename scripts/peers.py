#!/usr/bin/env python3
"""Our speed beside that of librosa, libsndfile and PyTorch, measured in turns on this machine.

Run by `make perf PYTHON=...`, with a Python that has librosa, soundfile and torch 2.11. PERF_MP3 names a stereo MP3 file
of a minute or more. A round measures ours and then the peer; the best round of each is printed, since whatever else the
machine does only makes a figure worse.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import librosa
import numpy
import soundfile
import torch

from peer_networks import Myna, infonce

ROUNDS = 3


def build():
    """The program of our benches, built once: a rebuild between two rounds would part what is compared."""
    cargo = os.environ.get("CARGO", "cargo").split()
    command = [*cargo, "bench", "--quiet", "--bench", "throughput", "--no-run", "--message-format", "json"]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit("our benches do not build")
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    return next(m["executable"] for m in messages if m.get("target", {}).get("kind") == ["bench"])


def ours(program, name):
    """Elements per second of one of our benches, by the median of its samples."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [program, "--bench", f"^{name}$"],
            env={**os.environ, "CRITERION_HOME": folder},
            capture_output=True,
            text=True,
        )
        if run.returncode != 0:
            sys.exit(f"the bench {name} failed:\n{run.stderr}")
        place = Path(folder) / name / "new"
        nanoseconds = json.loads((place / "estimates.json").read_text())["median"]["point_estimate"]
        elements = json.loads((place / "benchmark.json").read_text())["throughput"]["Elements"]
    return elements / nanoseconds * 1e9


def rate(work, elements, seconds=4.0):
    """Elements per second of `work`, by the median of its runs after one that is not counted."""
    work()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return elements / median(times)


def compare(title, own, peer, work, elements, unit, per=1):
    """Prints the best rounds of our bench and of a peer's work side by side, in `unit` of `per` elements each."""
    rounds = [(ours(*own), rate(work, elements)) for _ in range(ROUNDS)]
    mine, other = (max(column) / per for column in zip(*rounds))
    print(f"{title:<26}{mine:10.1f} {unit:<14} {peer} {other:.1f}; ratio {mine / other:.2f}", flush=True)


def halved(stereo):
    """The mean of two channels; numpy's own over such short rows takes as long as the decoding."""
    return (stereo[:, 0] + stereo[:, 1]) * numpy.float32(0.5)


def training_step(batch=64):
    """A training step as ours: two masked views, InfoNCE at 0.1, Adam at 3e-4 with weight decay 1e-5."""
    network = Myna()
    adam = torch.optim.Adam(network.parameters(), lr=3e-4, weight_decay=1e-5)
    clips = torch.randn(batch, 2, 128, 96).square()

    def step():
        loss = infonce(network(clips[:, 0]), network(clips[:, 1]))
        adam.zero_grad()
        loss.backward()
        adam.step()

    return step


def main():
    program = build()
    libraries = f"librosa {librosa.__version__}, libsndfile {soundfile.__libsndfile_version__}, torch {torch.__version__}"
    print(f"ours beside {libraries}; {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}", flush=True)
    wave = numpy.random.default_rng(0).uniform(-0.5, 0.5, 60 * 16_000).astype(numpy.float32)
    mel = lambda: librosa.feature.melspectrogram(
        y=wave, sr=16_000, n_fft=2048, hop_length=512, n_mels=128, fmax=8000, pad_mode="reflect"
    )
    compare("mel 16 kHz 2048/512/128", (program, "mel/host"), "librosa", mel, len(wave), "x real time", 16_000)
    path = os.environ.get("PERF_MP3")
    if path:
        sound, rate_in_hz = soundfile.read(path, dtype="float32")
        mono = lambda: halved(soundfile.read(path, dtype="float32")[0])
        decode = ((program, "decode/mp3"), "libsndfile", mono, len(sound), "x real time", rate_in_hz)
        compare("mp3 to mono, all cores", *decode)
        if hasattr(os, "sched_setaffinity"):
            every = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {min(every)})  # what is started from here inherits it
            compare("mp3 to mono, one core", *decode)
            os.sched_setaffinity(0, every)
    else:
        print("mp3 to mono               left out: PERF_MP3 names no file")
    compare("Myna ViT-S step, batch 64", (program, "step/vit_s"), "PyTorch eager", training_step(), 64, "pairs/s")
    print("All in float32. Our decoder shares a long file among the cores, libsndfile uses one; our mel")
    print("spectrograms use one thread, the ViT-S steps all that libtorch takes.")
    print("The ViT-S steps differ in how, not in what: PyTorch's embeds all 48 patches, then keeps 5, writes its attention")
    print("out and has Adam as it comes; ours embeds the 5, with libtorch's fused attention and Adam.")


main()
