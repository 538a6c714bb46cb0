"""What the next run does about classes that few images have, and the offer to do something."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.context import Context
from app.widgets.offer_line import OfferLine
from model.data.imbalance import in_words, proposed, shares
from model.records import State

SETTLED_MS = 500  # after the last edit: counting 100,000 images is not for every box that is drawn


class PlanBalance(OfferLine):
    """A sentence while the classes are uneven, or rare ones are repeated; a click repeats them."""

    def __init__(self, context: Context, focus: QWidget, parent: QWidget) -> None:
        """focus: what gets the keyboard when the button goes away."""
        super().__init__("Repeat", parent)
        self._context = context
        self._focus = focus
        self._soon = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._button.setToolTip("Show images of rare classes more often in the next run")
        self.taken.connect(self._repeat)
        self._soon.timeout.connect(self.refresh)
        document = context.document
        document.labels_changed.connect(self._on_labels_changed)
        document.images_changed.connect(self._soon.start)
        document.opened.connect(self.refresh)
        context.training.state_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, *facts: object) -> None:
        document, threshold = self._context.document, self._context.training.plan.repeat_rare
        said = [row for row in document.images() if row.box_count or row.state is not State.TO_DO]
        self._shares = shares(document.classes(), document.class_images(), document.class_counts(), len(said))
        self.set_text(in_words(self._shares, len(said), threshold), self._focus, not threshold)

    def _on_labels_changed(self, image: int) -> None:
        self._soon.start()

    def _repeat(self) -> None:
        training = self._context.training
        training.choose(replace(training.plan, repeat_rare=proposed(self._shares)))
