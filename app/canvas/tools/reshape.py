"""Boxes drawn, moved and resized, inside the image. Pure functions over labels and proposals; image px."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from app.canvas.hit import Side
from model.records import Box, Detection

LEAST_SIDE = 3.0  # image px: a smaller box is a slip of the hand

T = TypeVar("T", Box, Detection)
XYXY = tuple[float, float, float, float]
Size = tuple[float, float]  # (width, height) of the image


def drawn(from_: tuple[float, float], to: tuple[float, float], size: Size) -> XYXY:
    """The rectangle between two points, cut at the image's edges; it may have no area."""
    xmin, xmax = sorted(min(max(x, 0.0), size[0]) for x in (from_[0], to[0]))
    ymin, ymax = sorted(min(max(y, 0.0), size[1]) for y in (from_[1], to[1]))
    return xmin, ymin, xmax, ymax


def is_large_enough(xyxy: XYXY) -> bool:
    return min(xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]) >= LEAST_SIDE


def moved(boxes: Sequence[T], dx: float, dy: float, size: Size) -> tuple[T, ...]:
    """The boxes moved together, as far as the image goes. What lies outside is moved no further out."""
    if not boxes:
        return ()
    dx = _between(dx, -min(b.xmin for b in boxes), size[0] - max(b.xmax for b in boxes))
    dy = _between(dy, -min(b.ymin for b in boxes), size[1] - max(b.ymax for b in boxes))
    return tuple(
        replace(b, xmin=b.xmin + dx, ymin=b.ymin + dy, xmax=b.xmax + dx, ymax=b.ymax + dy) for b in boxes
    )


def resized(box: T, sides: Side, dx: float, dy: float, size: Size) -> T:
    """The box with these sides moved; a side that is pulled past its opposite turns the box over."""
    xmin, ymin, xmax, ymax = box.xyxy
    if Side.LEFT in sides:
        xmin, xmax = _pulled(xmin, dx, xmax, size[0])
    elif Side.RIGHT in sides:
        xmin, xmax = _pulled(xmax, dx, xmin, size[0])
    if Side.TOP in sides:
        ymin, ymax = _pulled(ymin, dy, ymax, size[1])
    elif Side.BOTTOM in sides:
        ymin, ymax = _pulled(ymax, dy, ymin, size[1])
    return replace(box, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)


def _pulled(side: float, by: float, opposite: float, extent: float) -> tuple[float, float]:
    """Both sides, in order, after one was pulled: inside the image, and not nearer than a box is large."""
    new = side + _between(by, -side, extent - side)
    least = min(LEAST_SIDE, abs(side - opposite))  # one that was smaller before may stay so
    if abs(new - opposite) < least:
        new = opposite + math.copysign(least, side - opposite)
    return min(new, opposite), max(new, opposite)


def _between(value: float, least: float, most: float) -> float:
    return min(max(value, min(0.0, least)), max(0.0, most))
