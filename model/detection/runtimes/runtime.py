"""What a way to run a network must offer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from model.network.retinanet import Outputs
from model.network.weights import Weights


class Runner(Protocol):
    """A network that is ready. Called by one thread at a time."""

    def __call__(self, pixels: Tensor) -> Outputs:
        """pixels (N, 3, H, W) float32 as collate() makes them, on the device."""

    def anchors(self, size: tuple[int, int]) -> Tensor:
        """The anchors (A, 4), xyxy px, of pixels of this size (H, W), on the device."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """One row of the registry. make() raises ValueError for a device or precision that it does not know."""

    name: str
    make: Callable[[Weights, torch.device, torch.dtype], Runner]
