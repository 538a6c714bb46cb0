"""What a tool is: words for the menus, and a gesture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.canvas.pointer import Gesture, Pointer, Scene


@dataclass(frozen=True, slots=True)
class Tool:
    """drag(scene, pointer) is the gesture that a press begins: a generator that knows no Qt."""

    name: str  # what the session calls it
    text: str  # in menus, with its mnemonic
    icon: str  # QtAwesome's name
    key: str  # "" for none
    hint: str  # what can be done with it, for the status line
    cursor: str  # "arrow", "cross" or "hand"
    drag: Callable[[Scene, Pointer], Gesture]
    crosshair: bool = False  # lines through the cursor, over the whole picture
    picks: bool = False  # a press means what is under the cursor, which lights up
