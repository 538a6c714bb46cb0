"""What a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from model.records.exchange import Progress
from model.records.labels import Snapshot
from model.records.measures import Metrics


@dataclass(frozen=True, slots=True)
class TrainingStarted:
    device: str
    precision: str
    train_images: int
    val_images: int
    classes: tuple[str, ...]
    epochs: int
    epoch: int  # the first epoch to run; above 0 when resumed
    notes: tuple[str, ...] = ()  # things left out and why, in words for a person


@dataclass(frozen=True, slots=True)
class StepEnded:
    epoch: int
    epochs: int
    step: int  # of the whole run
    steps: int
    losses: tuple[tuple[str, float], ...]  # ("class", ..), ("box", ..)
    learning_rate: float
    images_per_second: float
    seconds_left: float
    device_memory: int = 0  # bytes that the network and its training take on a GPU; 0 on a CPU


@dataclass(frozen=True, slots=True)
class WeightsOffered:
    """A finished copy of the averaged weights, safe to keep. weights is a model.network.weights.Weights."""

    step: int
    weights: Any


@dataclass(frozen=True, slots=True)
class EpochEnded:
    epoch: int
    epochs: int
    losses: tuple[tuple[str, float], ...]  # means over the epoch
    metrics: Metrics | None  # None where there is no validation image
    learning_rate: float
    images_per_second: float
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setback:
    """Something went wrong and was dealt with: memory ran out, a loss was not finite, the disk is full."""

    text: str  # a sentence or two: what happened, to which file, what is done about it


@dataclass(frozen=True, slots=True)
class TrainingEnded:
    model: Path  # the weights file
    metrics: Metrics | None
    epochs: int
    seconds: float
    reason: str = ""  # why it ended before its time, in a sentence


class Hold(Enum):
    """How a run is paused: it is sent ASKED, and yields HELD when it has given back what it need not keep."""

    ASKED = "asked"
    HELD = "held"


# Progress: bytes of the weights to start from, which are downloaded before TrainingStarted
TrainEvent = (
    Progress | TrainingStarted | StepEnded | WeightsOffered | EpochEnded | Setback | Hold | TrainingEnded
)

ReadSnapshot = Callable[[], Snapshot]
