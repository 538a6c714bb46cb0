"""Make a weights file a quarter as large, for shipping: python -m model.network.pack MODEL OUT."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from model.network.weights import SCALE, WeightsError, load, save

SMALLEST = 4096  # elements: all tensors below that are 1 % of a network, so they stay as they are


def packed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convolutions as int8 with one scale for each output channel. weights.unpack() undoes it.

    A weight is then off by half a step at most: its channel's largest weight / 254.
    """
    result: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.dim() < 2 or tensor.numel() < SMALLEST:
            result[name] = tensor
            continue
        scale = (tensor.flatten(1).abs().amax(dim=1) / 127).clamp(min=torch.finfo(torch.float32).tiny)
        steps = tensor / scale.reshape(-1, *[1] * (tensor.dim() - 1))
        result[name] = steps.round().clamp(-127, 127).to(torch.int8)
        result[name + SCALE] = scale
    return result


def main(arguments: list[str]) -> int:
    """Pack one file. Returns the exit code: 1 when it cannot be, 2 when the arguments are not two."""
    if len(arguments) != 2:
        print("usage: python -m model.network.pack MODEL OUT", file=sys.stderr)
        return 2
    source, target = Path(arguments[0]), Path(arguments[1])
    try:
        weights = load(source)
        save(replace(weights, tensors=packed(weights.tensors)), target)
        load(target)
    except (WeightsError, OSError) as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size / 2**20:.1f} MiB, was {source.stat().st_size / 2**20:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
