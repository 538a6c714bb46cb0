"""What gestures and keys come to: edits for the document, intents for the session. Holds nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.canvas.hit import Side, Targets
from app.canvas.pointer import NO_LABEL, Outcome, Scene
from app.canvas.tools.reshape import moved, resized
from app.context import Context
from app.document import edits
from model.records import Box, Edit, LabelClass

Size = tuple[float, float]  # (width, height) of the image, px


class Deeds:
    """All of it is done to the image that the session shows; without one, nothing."""

    def __init__(self, context: Context) -> None:
        self._document = context.document
        self._session = context.session
        self._review = context.review

    def scene(self, targets: Targets, size: Size) -> Scene:
        """What a tool is given at the press."""
        session = self._session
        label = session.label if session.label is not None else NO_LABEL
        return Scene(targets, size, session.selection, session.proposal, label)

    def do(self, outcome: Outcome) -> None:
        """Make a gesture's outcome happen. Its boxes must have classes."""
        if outcome.correction is not None:
            self._review.correct(*outcome.correction)
        elif outcome.boxes is not None:
            self._change(outcome.boxes, outcome.text)
        if outcome.selection is not None:
            self._session.select(outcome.selection)
            self._session.select_proposal(outcome.proposal)

    def nudge(self, dx: float, dy: float, size: Size) -> None:
        """Move the selection by image px, as far as the image goes."""
        boxes = self._session.selected_boxes()
        self._put(moved(boxes, dx, dy, size), "Move")

    def resize(self, dw: float, dh: float, size: Size) -> None:
        """Make the selection wider and higher by image px: its right and lower sides move."""
        sides = Side.RIGHT | Side.BOTTOM
        boxes = self._session.selected_boxes()
        self._put(tuple(resized(box, sides, dw, dh, size) for box in boxes), "Resize")

    def cycle(self, step: int, targets: Targets) -> None:
        """Select the next (1) or previous (-1) label, and round the end."""
        uids = [box.uid for box in targets.boxes]
        if not uids:
            return
        chosen = [place for place, uid in enumerate(uids) if uid in self._session.selection]
        here = (chosen[-1] if step > 0 else chosen[0]) if chosen else (-1 if step > 0 else 0)
        self._session.select(frozenset((uids[(here + step) % len(uids)],)))

    # ------------------------------------------------------------------------------------------ classes

    def current_name(self) -> str:
        """The class that the palette begins with: the selection's, or the next box's."""
        session = self._session
        if session.proposal is not None:
            return session.proposal.name
        labels = {box.label for box in session.selected_boxes()}
        label = labels.pop() if len(labels) == 1 else session.label
        return self._document.label_class(label).name if label is not None else ""

    def name(self, name: str, drawn: Outcome | None) -> None:
        """Give a class, new or not, to what was just drawn, else to the selection; and to the next box.

        One edit, whatever it takes. Raises ValueError, a sentence, when the name cannot be a class's.
        """
        document, session, image = self._document, self._session, self._session.image
        if image is None:
            return
        label_class = self._class_named(name)
        labels = document.labels(image)
        if drawn is not None and drawn.boxes is not None:
            boxes = (replace(b, label=label_class.id) if b.label == NO_LABEL else b for b in drawn.boxes)
            edit = edits.change_boxes(image, labels, boxes, drawn.text)
        elif session.proposal is not None:
            self._review.correct(session.proposal, replace(session.proposal, name=label_class.name))
            session.set_label(label_class.id)
            return
        elif any(box.label != label_class.id for box in session.selected_boxes()):
            edit = edits.set_class(image, labels, session.selection, label_class)
        else:
            edit = Edit(f"Add class {label_class.name}", ())
        if label_class not in document.classes():
            added = edits.add_class(document.classes(), label_class)
            edit = Edit(edit.text, (added, *edit.changes))
        if edit.changes:
            document.apply(edit)
        session.set_label(label_class.id)
        if drawn is not None and drawn.selection is not None:
            session.select(drawn.selection)

    def _class_named(self, name: str) -> LabelClass:
        name = " ".join(name.split())
        known = self._document.class_named(name)
        if known is not None:
            return known
        return edits.new_class(self._document.classes(), self._document.project.next_class_id(), name)

    # ------------------------------------------------------------------------------------------ edits

    def _put(self, changed: Sequence[Box], verb: str) -> None:
        """Other geometry for some labels."""
        if self._session.image is None or not changed:
            return
        after = {box.uid: box for box in changed}
        before = self._document.labels(self._session.image).boxes
        text = f"{verb} box" if len(changed) == 1 else f"{verb} {len(changed)} boxes"
        self._change(tuple(after.get(box.uid, box) for box in before), text)

    def _change(self, boxes: tuple[Box, ...], text: str) -> None:
        image = self._session.image
        if image is None:
            return
        before = self._document.labels(image)
        if boxes != before.boxes:
            self._document.apply(edits.change_boxes(image, before, boxes, text))
