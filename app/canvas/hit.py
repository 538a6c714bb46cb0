"""What is under the cursor: the smallest box wins, and its edges can be held anywhere along them. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Flag

import numpy as np

from model.records import Box, Detection

REACH = 6.0  # screen px: how far from an edge or a handle it can still be held
INNER_SHARE = 0.25  # of a side: no more of the inside belongs to an edge, or a small box could not be moved

XYXY = tuple[float, float, float, float]
Target = Box | Detection


class Side(Flag):
    """The sides of a box that a hand holds: one is an edge, two are a corner, BODY is the box itself."""

    BODY = 0
    LEFT = 1
    TOP = 2
    RIGHT = 4
    BOTTOM = 8


HANDLES = (
    Side.LEFT | Side.TOP, Side.TOP, Side.RIGHT | Side.TOP, Side.RIGHT,
    Side.RIGHT | Side.BOTTOM, Side.BOTTOM, Side.LEFT | Side.BOTTOM, Side.LEFT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    """A label or a proposal, and which part of it."""

    target: Target
    sides: Side


class Targets:
    """The labels and proposals of an image, ready to be asked where they are.

    xyxy (N, 4) in image px, labels first.
    """

    def __init__(self, boxes: Sequence[Box] = (), proposals: Sequence[Detection] = ()) -> None:
        self.boxes = tuple(boxes)
        self.proposals = tuple(proposals)
        self.all: tuple[Target, ...] = (*self.boxes, *self.proposals)
        self.xyxy = np.array([target.xyxy for target in self.all], dtype=float).reshape(-1, 4)
        self._sizes = self.xyxy[:, 2:] - self.xyxy[:, :2]
        self._areas = self._sizes.prod(axis=1)

    def under(self, x: float, y: float, reach: float = 0.0) -> tuple[Target, ...]:
        """Every target at the point or within reach (image px) of it, the smallest first."""
        left, top, right, bottom = self.xyxy.T
        inside = (left - reach <= x) & (x <= right + reach) & (top - reach <= y) & (y <= bottom + reach)
        found = np.flatnonzero(inside)
        return tuple(self.all[i] for i in found[np.argsort(self._areas[found], kind="stable")])

    def at(
        self, x: float, y: float, reach: float, selection: frozenset[int], proposal: Detection | None
    ) -> Hit | None:
        """What a press here would hold. Edges and handles of what is selected come before anything else."""
        under = self.under(x, y, reach)
        chosen = [target for target in under if is_selected(target, selection, proposal)]
        for target in chosen:
            sides = sides_at(target.xyxy, x, y, reach)
            if sides:
                return Hit(target, sides)
        if not under:
            return None
        return Hit(under[0], sides_at(under[0].xyxy, x, y, reach))

    def inside(self, xyxy: XYXY) -> tuple[Box, ...]:
        """The labels whose middle is in a rectangle."""
        xmin, ymin, xmax, ymax = xyxy
        middle = (self.xyxy[:, :2] + self.xyxy[:, 2:]) / 2
        x, y = middle[: len(self.boxes)].T
        found = (xmin <= x) & (x <= xmax) & (ymin <= y) & (y <= ymax)
        return tuple(self.boxes[i] for i in np.flatnonzero(found))


def is_selected(target: Target, selection: frozenset[int], proposal: Detection | None) -> bool:
    return target.uid in selection if isinstance(target, Box) else target == proposal


def sides_at(xyxy: XYXY, x: float, y: float, reach: float) -> Side:
    """Which sides of the box are within reach of the point, which is within reach of the box."""
    xmin, ymin, xmax, ymax = xyxy
    inner_x = min(reach, (xmax - xmin) * INNER_SHARE)
    inner_y = min(reach, (ymax - ymin) * INNER_SHARE)
    sides = Side.BODY
    if x <= xmin + inner_x:
        sides |= Side.LEFT
    elif x >= xmax - inner_x:
        sides |= Side.RIGHT
    if y <= ymin + inner_y:
        sides |= Side.TOP
    elif y >= ymax - inner_y:
        sides |= Side.BOTTOM
    return sides


def handle_at(xyxy: XYXY, sides: Side) -> tuple[float, float]:
    """Where the handle of an edge or a corner is: at the corner, or in the middle of the edge."""
    xmin, ymin, xmax, ymax = xyxy
    x = xmin if Side.LEFT in sides else xmax if Side.RIGHT in sides else (xmin + xmax) / 2
    y = ymin if Side.TOP in sides else ymax if Side.BOTTOM in sides else (ymin + ymax) / 2
    return x, y


def is_corner(sides: Side) -> bool:
    return sides.value.bit_count() == 2
