"""Make a weights file a quarter as large, for shipping: python -m model.network.pack MODEL OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

from model.network.weights import SCALE, Weights, WeightsError, load, save

SMALLEST = 4096  # elements: below that a tensor is not worth quantising


def pack(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convolutions as int8 with one scale for each output channel, everything else as float16.

    The largest error of a weight is half a step: its channel's largest absolute weight / 254. weights.unpack() undoes it.
    """
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.dim() > 1 and tensor.numel() >= SMALLEST:
            scale = (tensor.flatten(1).abs().amax(dim=1) / 127).clamp(min=1e-12)
            steps = tensor / scale.reshape(-1, *[1] * (tensor.dim() - 1))
            packed[name] = steps.round().clamp(-127, 127).to(torch.int8)
            packed[name + SCALE] = scale
        else:
            # running variances span more than float16 holds, and are small
            packed[name] = tensor if name.endswith("running_var") else tensor.half()
    return packed


def main(arguments: list[str]) -> int:
    """Pack one file. Returns the exit code."""
    if len(arguments) != 2:
        print("usage: python -m model.network.pack MODEL OUT", file=sys.stderr)
        return 2
    source, target = Path(arguments[0]), Path(arguments[1])
    try:
        weights = load(source)
        save(Weights(weights.architecture, weights.classes, pack(weights.tensors), weights.about), target)
        load(target)
    except WeightsError as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size / 2**20:.1f} MiB, was {source.stat().st_size / 2**20:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
