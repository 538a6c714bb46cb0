"""A sentence, and a button that does something about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.widgets.prose import Prose


class OfferLine(QWidget):
    """Nothing is shown without a sentence."""

    taken = Signal()

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = Prose(self, muted=True)
        self._button = QPushButton(text, self)
        self._button.clicked.connect(self.taken)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def set_text(self, text: str, focus: QWidget, can_be_taken: bool = True) -> None:
        """focus gets the keyboard if the button has it when there is nothing left to do."""
        self._words.setText(text)
        if self._button.hasFocus() and not (text and can_be_taken):
            focus.setFocus()
        self._button.setVisible(can_be_taken)
        self.setVisible(bool(text))
