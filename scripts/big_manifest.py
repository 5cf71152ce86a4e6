"""Time and memory of checking and splitting manifests of 125,000, 250,000 and 500,000 items.

python3 scripts/big_manifest.py target/release/bench

Every item is 0.2 s of one of four small WAV files, with a key, a class, tags, a number, and a group and
work that it shares with others. Memory is the peak of the whole process, libtorch (see the first line)
included.
"""

import array
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import wave

SIZES = (125_000, 250_000, 500_000)
TONICS = "C Db D Eb E F Gb G Ab A Bb B".split()
KEYS = [f"{tonic} {mode}" for tonic in TONICS for mode in ("major", "minor")]
TAGS = ["piano", "strings", "drums", "flute", "voice", "guitar"]


def write_sound(path, step):
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = [int(9000 * math.sin(step * n)) for n in range(8000)]
        file.writeframes(array.array("h", samples).tobytes())


def write_manifest(folder, items):
    for file in range(4):
        write_sound(f"{folder}/{file}.wav", 0.1 * (file + 1))
    draw = random.Random(0)
    with open(f"{folder}/manifest.csv", "w") as out:
        out.write("id,path,group,work,start,stop,key,genre,tags,arousal\n")
        for n in range(items):
            place, start = n * 7919 % items, n % 80 / 100
            row = [f"track_{n:07d}", f"{n % 4}.wav", f"artist {place // 10}", f"work {place // 2}"]
            row += [f"{start}", f"{start + 0.2:.2f}", draw.choice(KEYS), f"g{n % 17}"]
            row += ["|".join(draw.sample(TAGS, 2)), f"{draw.random():.3f}"]
            out.write(",".join(row) + "\n")


def measure(name, command):
    started = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall, cpu = time.time() - started, used.ru_utime + used.ru_stime
    print(f"{name}: {wall:.1f} s, {cpu:.1f} s of CPU, {used.ru_maxrss / 1024:.0f} MB", flush=True)
    if status:
        sys.exit(f"{command} failed")


def main(bench):
    measure("nothing", [bench, "list", "methods"])
    kinds = "genre=class,tags=tags,arousal=number"
    for items in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            write_manifest(folder, items)
            manifest = f"{folder}/manifest.csv"
            check = [bench, "data", "check", manifest, "--targets", kinds, "--quiet"]
            measure(f"check {items}", check)
            measure(f"split {items}", [bench, "data", "split", manifest, "--target", "genre"])


if __name__ == "__main__":
    main(*sys.argv[1:])
