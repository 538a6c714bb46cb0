"""The mouse, the keys held with it, and the gestures that they are in the middle of."""

from __future__ import annotations

from app.canvas.deeds import Deeds
from app.canvas.hit import REACH, Hit, is_selected
from app.canvas.overlay import Overlay
from app.canvas.pointer import NO_LABEL, Outcome, Phase, Pointer, Preview
from app.canvas.running import Running
from app.canvas.screen import Still
from app.canvas.tools.tool import Tool
from app.canvas.view import View
from app.session import Session
from model.records import Box

PAN, DRAW = "pan", "draw"  # the tools that Space and Alt lend to every other
NO_PREVIEW = Preview()


class Hands:
    """Begins gestures, tells them of the mouse, and hands on what comes of them."""

    def __init__(self, tools: dict[str, Tool], view: View, session: Session, deeds: Deeds) -> None:
        self._tools = tools
        self._view = view
        self._session = session
        self._deeds = deeds
        self.at: tuple[float, float] | None = None  # widget px, while the mouse is over the canvas
        self.adds = False  # Shift or Ctrl is held
        self.space = False
        self.alt = False
        self.gesture: Running | None = None
        self.panning: Running | None = None  # the picture is moved, whatever the gesture
        self.unnamed: Outcome | None = None  # a box that is drawn and waits for the name of its class

    @property
    def tool(self) -> Tool:
        """The session's, or the one that a key lends to it."""
        lent = PAN if self.space else DRAW if self.alt else self._session.tool
        return self._tools.get(lent, self._tools[PAN])

    @property
    def are_idle(self) -> bool:
        return self.gesture is None and self.panning is None and self.unnamed is None

    @property
    def are_pulling(self) -> bool:
        """Whether the picture is being moved."""
        return self.panning is not None or (self.gesture is not None and self.gesture.tool.name == PAN)

    @property
    def waiting(self) -> tuple[Box, ...]:
        """The box that waits for the name of its class."""
        boxes = self.unnamed.boxes or () if self.unnamed is not None else ()
        return tuple(box for box in boxes if box.label == NO_LABEL)

    def hit(self) -> Hit | None:
        """What is under the mouse."""
        if self.at is None:
            return None
        at, session = self._pointer(Phase.MOVE), self._session
        return self._view.targets().at(at.x, at.y, at.reach(REACH), session.selection, session.proposal)

    # ------------------------------------------------------------------------------------------ gestures

    def press(self) -> None:
        """Begin what the tool does, or give a gesture that goes on without a button its second press."""
        if self.gesture is not None:
            self._advance(Phase.PRESS)
        elif self._view.is_editable or self.tool.name == PAN:
            self.gesture = self._begin(self.tool)

    def press_pan(self) -> None:
        self.panning = self._begin(self._tools[PAN])

    def move(self) -> None:
        if self.panning is not None:
            self.panning.send(self._pointer(Phase.MOVE))
            self._view.shift(*self.panning.preview.shift)
        else:
            self._advance(Phase.MOVE)

    def release(self) -> None:
        self._advance(Phase.RELEASE)

    def release_pan(self) -> None:
        if self.panning is not None:
            self.panning.close()
        self.panning = None

    def follow(self) -> None:
        """The picture has moved: another point of it is under the mouse now."""
        if self.panning is None and self.at is not None:
            self._advance(Phase.MOVE)

    def drop(self) -> None:
        """Cancel everything. Nothing has happened, so nothing needs to be taken back."""
        self.release_pan()
        if self.gesture is not None:
            self.gesture.close()
        self.gesture = None

    def _begin(self, tool: Tool) -> Running:
        scene = self._deeds.scene(self._view.targets(), self._view.viewport.image)
        return Running(tool, scene, self._pointer(Phase.PRESS))

    def _advance(self, phase: Phase) -> None:
        gesture, self.gesture = self.gesture, None  # should a tool fail, its gesture is over
        if gesture is None:
            return
        outcome = gesture.send(self._pointer(phase))
        if outcome is None:
            self.gesture = gesture
            self._view.shift(*gesture.preview.shift)
        elif any(box.label == NO_LABEL for box in outcome.boxes or ()):
            self.unnamed = outcome
        else:
            self._deeds.do(outcome)

    def _pointer(self, phase: Phase) -> Pointer:
        viewport = self._view.viewport
        x, y = viewport.to_image(*(self.at if self.at is not None else (0.0, 0.0)))
        return Pointer(x, y, phase, viewport.scale, self.adds)

    # ------------------------------------------------------------------------------------------ what it looks like

    def still(self) -> Still:
        """The boxes where they are stored, less those that a gesture holds."""
        session, preview = self._session, self._preview()
        selection, proposal = session.selection, session.proposal
        if preview.selection is not None:
            selection, proposal = preview.selection, preview.proposal
        lifted = frozenset(box.uid for box in preview.boxes)
        lifted_proposal = preview.correction[0] if preview.correction is not None else None
        return Still(self._view.targets(), selection, proposal, lifted, lifted_proposal)

    def overlay(self, hover: Hit | None) -> Overlay:
        """What moves with the mouse."""
        preview, session = self._preview(), self._session
        held = preview.boxes or self.waiting
        lit = hover.target if hover is not None else None
        if lit is not None and is_selected(lit, session.selection, session.proposal):
            lit = None  # it is bold already
        correction = (preview.correction[1],) if preview.correction is not None else ()
        return Overlay(correction or held, lit, preview.band, self._crosshair())

    def _preview(self) -> Preview:
        """What the gesture shows; nothing while boxes are hidden."""
        if self.gesture is None or not self._view.is_editable:
            return NO_PREVIEW
        return self.gesture.preview

    def _crosshair(self) -> tuple[float, float] | None:
        """Where the lines cross, widget px: on the picture, also when a drag has left it."""
        tool = self.gesture.tool if self.gesture is not None else self.tool
        is_busy = self.panning is not None or self.unnamed is not None
        if not tool.crosshair or self.at is None or is_busy or not self._view.is_editable:
            return None
        left, top, right, bottom = self._view.viewport.picture
        nearest = min(max(self.at[0], left), right), min(max(self.at[1], top), bottom)
        return nearest if self.gesture is not None or nearest == self.at else None
