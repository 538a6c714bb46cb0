"""What a painter of scenes is: one row of the registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

XYXY = tuple[float, float, float, float]
Painted = tuple[np.ndarray, list[tuple[str, XYXY]]]  # (H, W, 3) uint8 RGB, and what is on it: name, box in px


@dataclass(frozen=True, slots=True)
class Scene:
    """paint(rng) draws one picture: the same generator state, the same picture."""

    name: str
    classes: tuple[str, ...]
    paint: Callable[[np.random.Generator], Painted]
    left_to_do: float = 0.0  # share of a sample project's pictures that come without labels
