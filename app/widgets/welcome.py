"""The first page: what can be opened, and what this program does in three words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.widgets.icons import IconLabel, icon

WIDTH = 640  # px
SAMPLE, DRAWING = "Try the sample project", "Drawing the sample…"
STEPS = (
    ("mdi6.vector-square-plus", "Draw", "boxes around what you are looking for, on a few images."),
    ("mdi6.brain", "Train", "a network on your own machine, and watch it learn."),
    ("mdi6.check-all", "Correct", "what it proposes: the next minute it is better."),
)


class Welcome(QScrollArea):
    """Emits what the person wants; knows nothing of projects."""

    open_requested = Signal()
    sample_requested = Signal()
    folder_requested = Signal(object)  # Path, of the recent ones

    def __init__(self, emblem: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder_buttons: list[_FolderButton] = []
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._recent_title = _text("Recent", 1.0, bold=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setBackgroundRole(QPalette.ColorRole.Window)
        body, middle = QWidget(self), QWidget(self)
        middle.setMaximumWidth(WIDTH)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(2)
        column.addLayout(self._heading(emblem))
        column.addSpacing(26)
        column.addWidget(self._drop_zone())
        column.addSpacing(26)
        column.addLayout(_steps())
        column.addSpacing(26)
        column.addWidget(self._recent_title)
        column.addSpacing(4)
        column.addLayout(self._recent)
        column.addStretch(3)
        row = QHBoxLayout(body)
        row.setContentsMargins(24, 16, 24, 16)
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)
        self.setWidget(body)
        self.set_recent(())

    def set_recent(self, folders: Sequence[Path]) -> None:
        """The newest first."""
        for button in self._folder_buttons:
            button.deleteLater()
        self._folder_buttons = [_FolderButton(folder, self) for folder in folders]
        for button in self._folder_buttons:
            button.chosen.connect(self.folder_requested)
            self._recent.addWidget(button)
        self._recent_title.setVisible(bool(folders))

    def set_drawing(self, drawing: bool) -> None:
        """The sample is being drawn, which takes some seconds: asking once more would not hasten it."""
        self._sample.setText(DRAWING if drawing else SAMPLE)
        self._sample.setEnabled(not drawing)

    def folder_buttons(self) -> tuple[QToolButton, ...]:
        return tuple(self._folder_buttons)

    def _heading(self, emblem: QIcon) -> QHBoxLayout:
        sign = QLabel(self)
        sign.setPixmap(emblem.pixmap(QSize(72, 72), self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(_text("Fovea", 2.3, bold=True))
        words.addWidget(_text("From a folder of photos to a detector of your own.", 1.15, muted=True))
        heading = QHBoxLayout()
        heading.setSpacing(18)
        heading.addWidget(sign)
        heading.addLayout(words, 1)
        return heading

    def _drop_zone(self) -> QWidget:
        zone = _DropZone(self)
        open_button = QPushButton(
            icon("mdi6.folder-open-outline", QPalette.ColorRole.Base), "Open folder", zone
        )
        open_button.setProperty("primary", True)
        open_button.clicked.connect(self.open_requested)
        sample = self._sample = QPushButton(icon("mdi6.creation-outline"), SAMPLE, zone)
        sample.setToolTip(
            "Drawn scenes with bolts, nuts and washers: most are labelled, some are left for the network"
        )
        sample.clicked.connect(self.sample_requested)
        for button in (open_button, sample):
            button.setProperty("large", True)
            button.setIconSize(QSize(20, 20))
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(open_button)
        buttons.addWidget(sample)
        buttons.addStretch(1)
        hint = _text("or drop a folder or images here", 1.0, muted=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(zone)
        layout.setContentsMargins(20, 30, 20, 22)
        layout.setSpacing(16)
        layout.addLayout(buttons)
        layout.addWidget(hint)
        return zone


class _DropZone(QWidget):
    """A dashed frame, as it is drawn around a place to put things."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(QPalette.ColorRole.Mid), 1.6)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 10, 10)
        painter.end()


class _FolderButton(QToolButton):
    """A folder's name, and where it is."""

    chosen = Signal(object)  # Path

    def __init__(self, folder: Path, parent: QWidget) -> None:
        super().__init__(parent)
        where = str(folder.parent)
        home = str(Path.home())
        if where.startswith(home):
            where = "~" + where[len(home) :]
        self.clicked.connect(lambda _=False: self.chosen.emit(folder))
        self.setAutoRaise(True)
        self.setToolTip(str(folder))
        self.setAccessibleName(folder.name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sign = IconLabel("mdi6.folder-outline", 18, QPalette.ColorRole.PlaceholderText)
        name, place = _text(folder.name, 1.0), _text(where, 0.92, muted=True)
        place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 10, 0)
        layout.setSpacing(10)
        layout.addWidget(sign)
        layout.addWidget(name)
        layout.addWidget(place, 1)
        for label in (sign, name, place):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH // 2, self.fontMetrics().height() + 16)


def _steps() -> QHBoxLayout:
    steps = QHBoxLayout()
    steps.setSpacing(20)
    for name, title, sentence in STEPS:
        words = _text(sentence, 0.95, muted=True)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addWidget(IconLabel(name, 26, QPalette.ColorRole.Accent))
        column.addWidget(_text(title, 1.1, bold=True))
        column.addWidget(words, 1)
        steps.addLayout(column, 1)
    return steps


def _text(text: str, scale: float, *, bold: bool = False, muted: bool = False) -> QLabel:
    """scale: of the system's font size."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    font.setBold(bold)
    label.setFont(font)
    if muted:
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label
