"""The nouns that every part speaks: frozen values without torch, numpy or Qt.

Frame of every box here: xyxy in pixels of the upright original image, x right, y down, (0, 0) the outer corner of
the first pixel, so width = xmax - xmin.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

# ---------------------------------------------------------------------------------------------------- labels


class State(StrEnum):
    """How far a person got with an image. EMPTY says "I looked, there is nothing here": it trains as background."""

    TO_DO = "to do"
    DONE = "done"
    EMPTY = "nothing here"


def new_uid() -> int:
    """An identity for a box that no other box has. 53 bits, so that it survives JSON and a double."""
    return secrets.randbits(53)


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled object. label is a LabelClass.id; uid is the same box before and after it is moved or renamed."""

    xmin: float
    ymin: float
    xmax: float
    ymax: float
    label: int
    uid: int = field(default_factory=new_uid)
    difficult: bool = False
    truncated: bool = False
    occluded: bool = False
    pose: str = "Unspecified"

    @property
    def width(self) -> float:
        return self.xmax - self.xmin

    @property
    def height(self) -> float:
        return self.ymax - self.ymin

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.xmin, self.ymin, self.xmax, self.ymax)


@dataclass(frozen=True, slots=True)
class LabelClass:
    """A class of objects. Ids are append-only in a project: never given twice, so exports never renumber."""

    id: int
    name: str
    colour: str  # "#rrggbb"


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person said about one image. The unit of an edit."""

    boxes: tuple[Box, ...] = ()
    state: State = State.TO_DO


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image as the list shows it. path is relative to the project's folder, with forward slashes."""

    id: int
    path: str
    width: int = 0  # px, upright; 0 until the file has been read once
    height: int = 0
    state: State = State.TO_DO
    box_count: int = 0
    split: str = ""  # "train", "val", "test" where the data set brought its own split, else ""
    problem: str = ""  # why it cannot be read; empty when it can


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image with its labels, as training, evaluation and export read it."""

    id: int
    path: str
    width: int
    height: int
    labels: Labels
    split: str = ""

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.labels.boxes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All labels of a project at one moment, taken in one read transaction. sequence is the newest journal entry."""

    folder: Path
    classes: tuple[LabelClass, ...]
    images: tuple[LabelledImage, ...]
    sequence: int = 0

    def labelled(self) -> tuple[LabelledImage, ...]:
        """The images that say something: with boxes, or marked done or empty by a person."""
        return tuple(i for i in self.images if i.labels.boxes or i.labels.state is not State.TO_DO)


# ----------------------------------------------------------------------------------------------------- edits


@dataclass(frozen=True, slots=True)
class LabelsChange:
    """The labels of one image, before and after."""

    image: int
    before: Labels
    after: Labels

    def inverse(self) -> LabelsChange:
        return LabelsChange(self.image, self.after, self.before)


@dataclass(frozen=True, slots=True)
class ClassesChange:
    """The project's list of classes, before and after, in the order shown."""

    before: tuple[LabelClass, ...]
    after: tuple[LabelClass, ...]

    def inverse(self) -> ClassesChange:
        return ClassesChange(self.after, self.before)


Change = LabelsChange | ClassesChange


@dataclass(frozen=True, slots=True)
class Edit:
    """One step that a person can undo, whatever it touches: committed whole or not at all. text is in their words."""

    text: str
    changes: tuple[Change, ...]

    def inverse(self) -> Edit:
        return Edit(self.text, tuple(change.inverse() for change in reversed(self.changes)))

    def images(self) -> tuple[int, ...]:
        return tuple(change.image for change in self.changes if isinstance(change, LabelsChange))


# ----------------------------------------------------------------------------------------------- predictions


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


# ---------------------------------------------------------------------------------------------------- training


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything that must be known to build a network and to feed it. Stored in the header of every weights file."""

    backbone: str = "resnet50"
    channels: int = 256  # of the pyramid and of the heads
    head_convs: int = 4
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
    weights: str = "starter"  # starter, coco, imagenet, none, or the path of a file
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
    box_loss: str = "l1"  # l1 (torchvision), smooth_l1, giou
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


TrainEvent = TrainingStarted | StepEnded | WeightsOffered | EpochEnded | TrainingEnded

ReadSnapshot = Callable[[], Snapshot]


# ------------------------------------------------------------------------------------------- long work, exchange


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long task has come. total is 0 while it is not known."""

    done: int
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file that a person should know. Never raised: the work goes on without that file."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Label files that could be read in two ways, how they were, and what speaks for or against it."""

    folder: Path  # of the project
    source: Path  # of the label files
    edit: int  # the import, in the project's journal
    from_zero: bool  # how their pixels were taken to be counted
    text: str  # a sentence


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and what it could not."""

    images: int
    boxes: int
    classes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    doubt: Doubt | None = None  # for the person to settle
    unread: int = 0  # label files that could not be read at all


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote."""

    folder: Path
    files: int
    boxes: int
    problems: tuple[Problem, ...] = ()
