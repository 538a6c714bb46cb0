"""A network, a recipe, and what a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.records.exchange import Progress
from model.records.labels import Snapshot


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything that must be known to build a network and to feed it. Stored in the header of every weights file."""

    backbone: str = "resnet50"
    channels: int = 256  # of the pyramid and of the heads
    head_convs: int = 4
    head_norm: str = "none"  # after each of the heads' convolutions; "group" is torchvision's v2
    anchor_sizes: tuple[int, ...] = (32, 64, 128, 256, 512)  # px of the resized image, one per level P3..P7
    anchor_octaves: tuple[float, ...] = (0.0, 1 / 3, 2 / 3)  # each size times 2 ** octave
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)  # height / width
    p6_from: str = "p5"  # torchvision's v1 weights; "c5" is the paper's and torchvision's v2
    short_side: int = 800  # px: images are scaled until the short side is this long ...
    long_side: int = 1333  # ... or the long side is this long, whichever comes first

    @property
    def anchors_per_place(self) -> int:
        return len(self.anchor_octaves) * len(self.anchor_ratios)


VALIDATION_SHARE = 0.2  # of the labelled images, where a data set brings no split of its own


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A complete recipe. Presets are values of this class (model/training/presets.py)."""

    preset: str
    architecture: Architecture
    weights: str = "starter"  # a name in model/network/sources, or the path of a file
    epochs: int = 30
    minutes: float | None = None  # when set, training lasts this long instead of `epochs`
    batch_size: int = 8
    optimizer: str = "adamw"  # sgd, adam, adamw
    learning_rate: float = 1e-4
    momentum: float = 0.9  # of sgd; beta1 of adam and adamw
    weight_decay: float = 1e-4
    schedule: str = "cosine"  # cosine, step, constant
    milestones: tuple[float, ...] = (
        2 / 3,
        8 / 9,
    )  # of step: shares of the run at which the rate falls tenfold
    warmup_steps: int = 100
    gradient_clip: float = 10.0  # largest norm of all gradients together; 0 leaves them alone
    box_loss: str = "l1"  # l1 (torchvision), smooth_l1 (the paper), giou (torchvision's v2)
    best_anchor: bool = True  # a box without an anchor at IoU 0.5 gets its best one (torchvision; paper: no)
    average_decay: float = 0.998  # of the averaged weights; 0 turns averaging off
    frozen_stages: int = 0  # how many of stem, layer1..layer4 do not learn
    norm: str = "frozen"  # frozen, or batch when training from nothing
    flip: float = 0.5  # probability of a horizontal flip
    vertical_flip: float = 0.0
    scale_jitter: tuple[float, float] = (0.8, 1.25)
    validation_share: float = VALIDATION_SHARE
    device: str = "auto"  # auto, cpu, cuda, mps
    precision: str = "auto"  # auto, float32, bfloat16, float16
    seed: int = 0


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
    images_per_second: float
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingEnded:
    model: Path  # the weights file
    metrics: Metrics | None
    epochs: int
    seconds: float


# Progress: bytes of the weights to start from, which are downloaded before TrainingStarted
TrainEvent = Progress | TrainingStarted | StepEnded | WeightsOffered | EpochEnded | TrainingEnded

ReadSnapshot = Callable[[], Snapshot]
