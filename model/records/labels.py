"""What a person says about images: boxes, classes, states, and the edits that change them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


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
    ignore: bool = False  # an area, not an object: nothing in it is learned or punished (COCO's iscrowd)

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

    @property
    def objects(self) -> tuple[Box, ...]:
        """The boxes that are things, without the areas to ignore."""
        return tuple(box for box in self.boxes if not box.ignore)


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image as the list shows it. path is relative to the project's folder, with forward slashes."""

    id: int
    path: str
    width: int = 0  # px, upright; 0 until the file has been read once
    height: int = 0
    state: State = State.TO_DO
    box_count: int = 0  # of objects: areas to ignore are not counted
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
    rejected: tuple[Box, ...] = ()  # where a person refused a proposal, and nothing was said since
    drawn: str = ""  # "train" or "val": where it was put when a run first learned; kept, as split() says
    group: str = ""  # images of one group never part: frames of one video, copies of one picture, a burst

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.labels.boxes

    @property
    def objects(self) -> tuple[Box, ...]:
        """The boxes that are things, without the areas to ignore."""
        return self.labels.objects


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All labels of a project at one moment, taken in one read transaction. sequence is the newest journal entry."""

    folder: Path
    classes: tuple[LabelClass, ...]
    images: tuple[LabelledImage, ...]
    sequence: int = 0

    def labelled(self) -> tuple[LabelledImage, ...]:
        """The images that say something: with objects, or marked done or empty by a person.

        Of an image to do that has areas to ignore or rejected proposals alone, the rest is not known: it may be full
        of objects that nobody has drawn yet. It is left out.
        """
        return tuple(i for i in self.images if i.labels.objects or i.labels.state is not State.TO_DO)


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
