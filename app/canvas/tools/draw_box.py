"""Draw a box: by dragging from corner to corner, or by a click on each of the two."""

from __future__ import annotations

from app.canvas.pointer import NOTHING, Gesture, Outcome, Phase, Pointer, Preview, Scene
from app.canvas.tools.reshape import drawn, is_large_enough
from app.canvas.tools.tool import Tool
from model.records import Box, new_uid


def drag(scene: Scene, start: Pointer) -> Gesture:
    """One new box after all others, selected; nothing where it would be too small to be meant."""
    uid = new_uid()
    pointer = start
    clicked = False  # the first of two clicks is over, and the mouse moves without a button
    while True:
        xyxy = drawn((start.x, start.y), (pointer.x, pointer.y), scene.size)
        box = Box(*xyxy, scene.label, uid)
        if pointer.phase is Phase.RELEASE:
            if clicked or not pointer.is_click_since(start):
                break
            clicked = True
        has_area = box.width > 0 and box.height > 0
        pointer = yield Preview(boxes=(box,) if has_area else (), selection=frozenset((uid,)))
    if not is_large_enough(xyxy):
        return NOTHING
    return Outcome((*scene.targets.boxes, box), "Draw box", frozenset((uid,)))


TOOL = Tool(
    "draw", "Draw &box", "mdi6.vector-square-plus", "W",
    "Drag from corner to corner, or click both   ·   Esc cancels   ·   V select", "cross", drag,
    crosshair=True,
)  # fmt: skip
