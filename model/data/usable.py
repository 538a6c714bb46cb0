"""Which boxes of a label file can be used in its image; the others are told, never trained on."""

from __future__ import annotations

from dataclasses import dataclass

from model.data.formats.format import XYXY, Convention, LabelFile, LabelObject
from model.records import Box

SMALLEST = 1.0  # px, width and height of a box
SLACK = 1.0  # px outside the image that are cut without a word: tools differ by one
NO_LABEL = 0  # of a box whose class has a name but no id yet


@dataclass(frozen=True, slots=True)
class Usable:
    """objects are (name of class, box) with boxes inside the image. counts: whether the file says anything.

    A file whose objects are all unusable does not: taken by its word it would say "nothing here".
    """

    objects: tuple[tuple[str, Box], ...] = ()
    problems: tuple[str, ...] = ()
    counts: bool = False


def usable_boxes(file: LabelFile, size: tuple[int, int], convention: Convention) -> Usable:
    """size: (width, height) px of the upright image."""
    said = (file.width, file.height)
    if said != size and said == size[::-1]:
        return Usable(problems=(f"left out: drawn on the picture lying on its side ({_px(said)})",))
    problems: list[str] = []
    if said != size and all(said):
        problems.append(f"it says {_px(said)}, but the picture is {_px(size)}")
    objects: list[tuple[str, Box]] = []
    for found in file.objects:
        name = f"object {found.number} ({found.name})"
        try:
            box, outside = _box(found, size, convention)
        except ValueError as error:
            problems.append(f"{name} was left out: {error}")
            continue
        if outside > SLACK:
            problems.append(cut(name, outside))
        objects.append((found.name, box))
    return Usable(tuple(objects), tuple(problems), bool(objects) or not (problems or file.problems))


def inside(xyxy: XYXY, size: tuple[int, int]) -> tuple[XYXY, float]:
    """The part of a box that lies in an image of this size (width, height), and how far it reached out, px.

    xyxy: px of the upright image, finite. Raises ValueError, in words that follow "object 3 (dog) was left out:",
    where less than a pixel is left.
    """
    xmin, ymin, xmax, ymax = xyxy
    width, height = size
    outside = max(-xmin, -ymin, xmax - width, ymax - height)
    xmin, ymin, xmax, ymax = max(xmin, 0.0), max(ymin, 0.0), min(xmax, width), min(ymax, height)
    if xmax - xmin < SMALLEST or ymax - ymin < SMALLEST:
        raise ValueError(
            "it lies outside the picture" if outside > SLACK else "it is less than a pixel wide or high"
        )
    return (xmin, ymin, xmax, ymax), outside


def cut(name: str, outside: float) -> str:
    """What a person is told of an object that reached out of its picture by more than SLACK px."""
    return f"{name} reached {outside:g} px out of the picture and was cut at its edge"


def _box(found: LabelObject, size: tuple[int, int], convention: Convention) -> tuple[Box, float]:
    """The part of a box that lies in the image, and how far it reached out, px. Raises ValueError."""
    left, top, right, bottom = found.written
    if (left, top) == (right, bottom):  # a click, even where counting from 1 would make a pixel of it
        raise ValueError(f"it is a single point, {left:g}, {top:g}")
    xyxy, outside = inside(found.xyxy(convention), size)
    box = Box(*xyxy, NO_LABEL, pose=found.pose, difficult=found.difficult,
              truncated=found.truncated, occluded=found.occluded)  # fmt: skip
    return box, outside


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]} px"
