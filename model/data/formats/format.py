"""What a label format is: one row of the registry. Bytes in, values out; files are the business of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

XYXY = tuple[float, float, float, float]


class FormatError(Exception):
    """A label file cannot be read: a sentence that names the file, and the line where there is one."""


class Convention(StrEnum):
    """How a tool counts pixels in Pascal VOC files. The values are kept in projects."""

    ONE_BASED = "voc"  # VOCdevkit, RectLabel: the first pixel is 1 and the last one belongs to the box
    ZERO_BASED = "labelimg"  # labelImg, labelme, CVAT, VoTT: distances from the picture's edges


@dataclass(frozen=True, slots=True)
class LabelObject:
    """One object as its file has it. written is xmin, ymin, xmax, ymax in the file's own convention."""

    name: str
    written: XYXY
    difficult: bool = False
    truncated: bool = False
    occluded: bool = False
    pose: str = "Unspecified"
    number: int = 0  # its place in the file, from 1

    def xyxy(self, convention: Convention) -> XYXY:
        """The box in px of the upright image, 0-based, continuous: the frame of every Box."""
        xmin, ymin, xmax, ymax = self.written
        return (xmin - 1, ymin - 1, xmax, ymax) if convention is Convention.ONE_BASED else self.written


@dataclass(frozen=True, slots=True)
class LabelFile:
    """What one label file says. width and height are 0 where it does not say; problems are clauses."""

    filename: str
    width: int
    height: int
    objects: tuple[LabelObject, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """read(data, source) -> LabelFile, raising FormatError; write(image, classes, ...) -> bytes."""

    name: str
    title: str
    suffix: str
    read: Callable[[bytes, str], LabelFile]
    write: Callable[..., Any]
