#!/usr/bin/env python3
"""One figure of PyTorch's, for `scripts/gpu-figures.sh`: training items per second of the same network with the same
objective, batch, precision and optimiser, on batches that are copied from the host at every step as ours are.

Prints one CSV row: figure, peer, device, precision, batch, steps, items per second, peak memory in bytes, versions.
"""
import argparse
import time

import torch

from peer_networks import Fcn4, Myna, SampleCnn, infonce, nt_xent

#: By figure: the network by peer, the shape of a clip, the objective, weight decay.
FIGURES = {
    "myna": (lambda peer: Myna(fused=peer != "eager", early=peer == "early"), (128, 96), infonce, 1e-5),
    "clmr": (lambda peer: SampleCnn(), (59_049,), nt_xent, 0),
    "simclr": (lambda peer: Fcn4(), (59_049,), nt_xent, 1e-6),
}

#: How it is run. `eager`: as one writes it. `fused`: with libtorch's attention. `early`: that, and only visible
#: patches are embedded, as ours. `compile`: `fused` under torch.compile.
PEERS = ["eager", "fused", "early", "compile"]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--peer", choices=PEERS, default="eager")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--steps", type=int, default=20)
    return parser.parse_args()


def training_step(asked):
    """A step as ours: both views through the network one after the other, the loss, Adam as one fused operator."""
    build, shape, loss, decay = FIGURES[asked.figure]
    network = build(asked.peer).to(asked.device)
    forward = torch.compile(network) if asked.peer == "compile" else network
    adam = torch.optim.Adam(network.parameters(), lr=3e-4, weight_decay=decay, fused=True)
    cuda = asked.device.startswith("cuda")
    host = torch.randn(asked.batch, 2, *shape).square() if asked.figure == "myna" else torch.randn(asked.batch, 2, *shape)
    host = host.pin_memory() if cuda else host

    def step():
        clips = host.to(asked.device, non_blocking=True)
        with torch.autocast(asked.device.split(":")[0], torch.bfloat16, enabled=asked.precision == "bf16"):
            value = loss(forward(clips[:, 0]), forward(clips[:, 1]))
        adam.zero_grad(set_to_none=True)
        value.backward()
        adam.step()

    return step


def main():
    asked = arguments()
    cuda = asked.device.startswith("cuda")
    wait = torch.cuda.synchronize if cuda else lambda: None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    if not cuda:
        torch.set_num_threads(1)
    step = training_step(asked)
    for _ in range(5):
        step()
    wait()
    start = time.perf_counter()
    for _ in range(asked.steps):
        step()
    wait()
    seconds = (time.perf_counter() - start) / asked.steps
    peak = torch.cuda.max_memory_allocated() if cuda else ""
    name = f"{asked.device} {torch.cuda.get_device_name()}" if cuda else asked.device
    rate = asked.batch / seconds
    versions = f"torch {torch.__version__} cuda {torch.version.cuda}"
    print(asked.figure, asked.peer, name, asked.precision, asked.batch, asked.steps, f"{rate:.1f}", peak, versions, sep=",")


main()
