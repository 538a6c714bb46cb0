"""The hand: the picture follows it. Space and the middle button lend it to every tool."""

from __future__ import annotations

from app.canvas.pointer import NOTHING, Gesture, Phase, Pointer, Preview, Scene
from app.canvas.tools.tool import Tool


def drag(scene: Scene, start: Pointer) -> Gesture:
    """The point that was pressed stays under the hand."""
    shift = (0.0, 0.0)
    while True:
        pointer = yield Preview(shift=shift)
        if pointer.phase is Phase.RELEASE:
            return NOTHING
        # the picture has moved with every shift before: what is left is the way from where it was pressed
        shift = (pointer.x - start.x, pointer.y - start.y)


TOOL = Tool(
    "pan", "&Pan", "mdi6.hand-back-right-outline", "", "Drag moves the picture   ·   Wheel zooms", "hand",
    drag,
)  # fmt: skip
