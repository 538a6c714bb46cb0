"""What a model proposes, and what a person thought of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Detection:
    """One box that a model proposes. name is the class as the model knows it; score in 0..1."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    name: str
    score: float

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.xmin, self.ymin, self.xmax, self.ymax)


class Verdict(StrEnum):
    """What a person did with a proposal."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A trained model of the project. file is relative to the project's models folder."""

    id: int
    name: str
    file: str
    created: str  # ISO 8601, UTC
    preset: str
    classes: tuple[str, ...]
    ap: float | None
    ap50: float | None
