"""A label for sentences: wraps, takes just the height that its text needs, and never reads markup."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

LEAST_WIDTH = 60  # px


class Prose(QLabel):
    """As wide as its place. QLabel alone leaves its height to layouts that ask too early, and is cut off."""

    def __init__(self, parent: QWidget | None = None, muted: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)  # names of files and classes may look like markup
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        if muted:
            self.setForegroundRole(QPalette.ColorRole.PlaceholderText)

    def hasHeightForWidth(self) -> bool:
        return False  # sizeHint says it

    def sizeHint(self) -> QSize:
        width = max(LEAST_WIDTH, self.width())
        return QSize(LEAST_WIDTH, max(0, self.heightForWidth(width)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
