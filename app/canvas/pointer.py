"""What canvas and tools say to each other: where the mouse is, what to show, what came of it. No Qt."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, auto

from app.canvas.hit import Targets
from model.records import Box, Detection

NO_LABEL = 0  # of a box that waits for its class to be named; the ids of classes begin at 1
CLICK = 3.0  # screen px: a hand that moved less has not dragged

XYXY = tuple[float, float, float, float]


class Phase(Enum):
    PRESS = auto()
    MOVE = auto()
    RELEASE = auto()


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse at one moment, in image px."""

    x: float
    y: float
    phase: Phase = Phase.MOVE
    scale: float = 1.0  # screen px to an image px
    adds: bool = False  # Shift or Ctrl: to the selection

    def reach(self, screen_px: float) -> float:
        """So many px of the screen, in image px."""
        return screen_px / self.scale

    def is_click_since(self, start: Pointer) -> bool:
        """Whether the hand has stayed where it was pressed."""
        return math.hypot(self.x - start.x, self.y - start.y) < self.reach(CLICK)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a tool works on: the state at the moment of the press."""

    targets: Targets
    size: tuple[float, float]  # (width, height) of the image, px
    selection: frozenset[int] = frozenset()  # uids
    proposal: Detection | None = None  # the selected one
    label: int = NO_LABEL  # the class of the next box


@dataclass(frozen=True, slots=True)
class Preview:
    """What to show while the gesture lasts. Nothing of it has happened yet."""

    boxes: tuple[Box, ...] = ()  # new ones, and those shown instead of the labels with their uids
    selection: frozenset[int] | None = None  # None: as it is
    proposal: Detection | None = None  # to be selected
    correction: tuple[Detection, Detection] | None = None  # a proposal, and what is shown instead of it
    band: XYXY | None = None  # a rubber band
    shift: tuple[float, float] = (0.0, 0.0)  # how far the picture should follow the hand, image px


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gesture came to; the canvas makes it happen. With boxes, it is an edit with this text."""

    boxes: tuple[Box, ...] | None = None  # all labels of the image, after
    text: str = ""
    selection: frozenset[int] | None = None
    proposal: Detection | None = None
    correction: tuple[Detection, Detection] | None = None  # accepted, but as the second


NOTHING = Outcome()

# A gesture is told of every mouse event, the press first; it ends at the release, or where it is closed.
Gesture = Generator[Preview, Pointer, Outcome]
