"""A page for where there is nothing yet: what is missing, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.widgets.icons import IconLabel


class EmptyPage(QWidget):
    """An icon, a sentence, a hint and one button."""

    pressed = Signal()

    def __init__(self, icon_name: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sign = IconLabel(icon_name, 56, QPalette.ColorRole.PlaceholderText)
        self._title = QLabel(self)
        self._hint = QLabel(self)
        self._button = QPushButton(button, self)
        self._button.clicked.connect(self.pressed)
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self._title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        layout.addSpacing(10)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def say(self, title: str, hint: str, offers: bool) -> None:
        self._title.setText(title)
        self._hint.setText(hint)
        self._button.setVisible(offers)
