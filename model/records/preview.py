"""Augmented pictures, for people to look at before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

PICTURES = 8  # that are drawn at a time


@dataclass(frozen=True, slots=True)
class PreviewBox:
    """A box of an augmented picture, xyxy px of it. note: why it is not learned as an object; "" where it is."""

    xyxy: tuple[float, float, float, float]
    name: str  # of its class
    colour: str  # "#rrggbb"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as training sees it."""

    number: int  # in the order in which training sees them, from 0
    path: str  # of the image that it began as, relative to the project's folder
    width: int  # px
    height: int  # px
    rgb: bytes  # height * width * 3, rows from the top
    boxes: tuple[PreviewBox, ...]
