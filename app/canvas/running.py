"""A gesture under way: the generator of a tool, and the button that holds it. No Qt."""

from __future__ import annotations

from app.canvas.pointer import Outcome, Pointer, Preview, Scene
from app.canvas.tools.tool import Tool


class Running:
    """Started by a press; each pointer sent changes the preview, until one brings the outcome."""

    def __init__(self, tool: Tool, scene: Scene, start: Pointer) -> None:
        self.tool = tool
        self.scene = scene
        self._steps = tool.drag(scene, start)
        self.preview: Preview = next(self._steps)

    def send(self, pointer: Pointer) -> Outcome | None:
        """None while it goes on. After the outcome it must not be sent any more."""
        try:
            self.preview = self._steps.send(pointer)
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        return None

    def close(self) -> None:
        """Cancelled: nothing has happened, so there is nothing to take back."""
        self._steps.close()
