"""How good detections are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """AP of one class, 0..1; None where the images measured hold no such object."""

    name: str
    boxes: int
    ap: float | None
    ap50: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """COCO's measures over the images named, 0..1. None where there was nothing to measure."""

    images: int
    ap: float | None
    ap50: float | None
    ap75: float | None
    ar100: float | None
    per_class: tuple[ClassMetrics, ...] = ()
