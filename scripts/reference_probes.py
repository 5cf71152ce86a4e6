#!/usr/bin/env python3
"""The protocols `jukemir` and `clmr_linear` once more, in plain PyTorch, one probe after the other.

    scripts/reference_probes.py jukemir EMBEDDINGS SPLIT MANIFEST TARGET --metric key

EMBEDDINGS is what `bench embed` writes (with `--unit clip` for `clmr_linear`), SPLIT a results folder's
`splits/<task>.csv`, MANIFEST a table with a column `id` and the column TARGET. Prints the score on test of each seed, and
their mean and deviation, to be held against those of a suite's `scores.csv`. Needs torch and numpy.
"""
import argparse
import csv
import itertools
import json
import math
import random
import struct
import time
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

KEYS = "C Db D Eb E F Gb G Ab A Bb B".split()


def tensors_of(path):
    """The tensors of a safetensors file by name."""
    data = Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            kind = {"F32": "<f4", "I64": "<i8", "U8": "u1"}[entry["dtype"]]
            first, end = (start + offset for offset in entry["data_offsets"])
            tensors[name] = numpy.frombuffer(data[first:end], kind).reshape(entry["shape"])
    return tensors


def key_score(truth, estimate):
    """What an estimated key is worth, classes being 12 major keys and then 12 minor ones."""
    interval, modes = (estimate - truth) % 12, (truth // 12, estimate // 12)
    if modes[0] == modes[1]:
        return {0: 1.0, 7: 0.5}.get(interval, 0.0)
    return {0: 0.2, 9 if modes == (0, 1) else 3: 0.3}.get(interval, 0.0)


def score(metric, scores, truth):
    answers = scores.argmax(axis=1)
    each = [key_score(t, a) if metric == "key" else float(t == a) for t, a in zip(truth, answers)]
    return float(numpy.mean(each))


class Probe(nn.Module):
    """Linear layers, with dropout before each."""

    def __init__(self, dim, hidden, classes, dropout):
        super().__init__()
        self.hidden = nn.Linear(dim, hidden) if hidden else None
        self.last = nn.Linear(hidden or dim, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        x = self.dropout(x)
        if self.hidden is not None:
            x = self.dropout(functional.relu(self.hidden(x)))
        return self.last(x)


class Data:
    """Rows of the parts by item."""

    def __init__(self, args):
        tensors = tensors_of(args.embeddings)
        rows = torch.from_numpy(tensors["embeddings"].copy())
        ids = json.loads(bytes(tensors["ids"]).decode())
        owners = tensors.get("owners", numpy.arange(len(ids)))
        with open(args.manifest, newline="") as file:
            labels = {line["id"]: line[args.target] for line in csv.DictReader(file)}
        if args.metric == "key":
            names = [f"{tonic} {mode}" for mode in ("major", "minor") for tonic in KEYS]
        else:
            names = sorted(set(labels.values()) - {""})
        with open(args.split, newline="") as file:
            parts = {line["id"]: line["split"] for line in csv.DictReader(file)}
        self.classes, self.metric = len(names), args.metric
        self.rows, self.truth = {}, {}
        for part in ("train", "valid", "test"):
            items = [i for i, name in enumerate(ids) if parts.get(name) == part]
            self.rows[part] = [rows[torch.from_numpy(numpy.flatnonzero(owners == i))] for i in items]
            self.truth[part] = torch.tensor([names.index(labels[ids[i]]) for i in items])


GRID = {
    "standardise": [False, True],
    "hidden": [0, 512],
    "batch": [64, 256],
    "lr": [1e-5, 1e-4, 1e-3],
    "dropout": [0.25, 0.5, 0.75],
    "l2": [0, 1e-4, 1e-3],
}


def points(only):
    """The product of the grid, or of the values named for some settings: `hidden=512`."""
    named = dict(pair.split("=") for pair in only)
    lists = {name: [json.loads(named[name])] if name in named else values for name, values in GRID.items()}
    return itertools.product(*lists.values())


def predict(probe, x):
    probe.eval()
    with torch.no_grad():
        out = probe(x)
    probe.train()
    return out


def jukemir(data, seed, args):
    """The best of 216 probes on valid, each stopped 2,048 steps after its best look."""
    x = {part: torch.cat([rows.mean(0, keepdim=True) for rows in items]) for part, items in data.rows.items()}
    mean, deviation = x["train"].mean(0), x["train"].std(0, unbiased=False)
    deviation[deviation == 0] = 1
    scaled = {part: (rows - mean) / deviation for part, rows in x.items()}
    y, best = data.truth, (-math.inf, None, None)
    for standardise, hidden, batch, lr, dropout, decay in points(args.only):
        torch.manual_seed(seed)
        draw = random.Random(seed)
        rows = scaled if standardise else x
        probe = Probe(rows["train"].shape[1], hidden, data.classes, dropout)
        adam = torch.optim.Adam(probe.parameters(), lr=lr, weight_decay=decay)
        top, stale, kept = -math.inf, 0, None
        for step in itertools.count():
            if step % 8 == 0:
                if stale >= 256 or step == args.steps:
                    break
                value = score(data.metric, predict(probe, rows["valid"]).numpy(), y["valid"].numpy())
                if value > top:
                    top, stale = value, 0
                    kept = {name: tensor.clone() for name, tensor in probe.state_dict().items()}
                else:
                    stale += 1
            chosen = torch.tensor(draw.sample(range(len(y["train"])), min(batch, len(y["train"]))))
            adam.zero_grad()
            functional.cross_entropy(probe(rows["train"][chosen]), y["train"][chosen]).backward()
            adam.step()
        if top > best[0]:
            probe.load_state_dict(kept)
            best = (top, (standardise, hidden, batch, lr, dropout, decay), predict(probe, rows["test"]))
    return best


def clmr_linear(data, seed, _):
    """A linear probe on one clip of each item, stopped ten epochs after its lowest loss on valid."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    one = {part: torch.stack([draw.choice(rows) for rows in data.rows[part]]) for part in ("train", "valid")}
    y = data.truth
    probe = Probe(one["train"].shape[1], 0, data.classes, 0)
    adam = torch.optim.Adam(probe.parameters(), lr=1e-3, weight_decay=1e-6)
    slower = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=0.1, patience=5)
    least, stale, kept = math.inf, 0, None
    for _ in range(200):
        for chosen in torch.randperm(len(y["train"])).split(48):
            adam.zero_grad()
            functional.cross_entropy(probe(one["train"][chosen]), y["train"][chosen]).backward()
            adam.step()
        loss = functional.cross_entropy(predict(probe, one["valid"]), y["valid"]).item()
        slower.step(loss)
        if loss < least:
            least, stale = loss, 0
            kept = {name: tensor.clone() for name, tensor in probe.state_dict().items()}
        else:
            stale += 1
        if stale >= 10:
            break
    probe.load_state_dict(kept)

    def answers(part):
        return torch.stack([predict(probe, rows).softmax(1).mean(0) for rows in data.rows[part]])

    return score(data.metric, answers("valid").numpy(), y["valid"].numpy()), None, answers("test")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("protocol", choices=["jukemir", "clmr_linear"])
    for name in ("embeddings", "split", "manifest", "target"):
        parser.add_argument(name)
    parser.add_argument("--metric", choices=["key", "accuracy"], default="accuracy")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="stop every probe of jukemir after so many steps, to time them")
    parser.add_argument("--only", nargs="*", default=[], metavar="SETTING=VALUE", help="a part of jukemir: lr=0.001 hidden=0")
    args = parser.parse_args()
    data, fit, found = Data(args), globals()[args.protocol], []
    for seed in range(1, args.seeds + 1):
        started = time.perf_counter()
        valid, chosen, test = fit(data, seed, args)
        found.append(score(args.metric, test.numpy(), data.truth["test"].numpy()))
        took = time.perf_counter() - started
        print(f"seed {seed}: test {found[-1]:.4f}, valid {valid:.4f}, {chosen or args.protocol}, {took:.1f} s", flush=True)
    deviation = numpy.std(found, ddof=1) if len(found) > 1 else math.nan
    print(f"{args.protocol}: mean {numpy.mean(found):.4f}, deviation {deviation:.4f} over {len(found)} seeds")


if __name__ == "__main__":
    main()
