"""A threshold on scores: dragged or typed, over a histogram of the scores it cuts."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

STEPS = 100  # the slider moves by hundredths
BINS = 50
HANDLE_RADIUS = 7.0  # px
GROOVE = 4.0  # px


def histogram(scores: Iterable[float], bins: int = BINS) -> tuple[int, ...]:
    """How many scores fall in each of `bins` equal parts of 0..1; 1 itself is in the last."""
    counts = [0] * bins
    for score in scores:
        counts[min(bins - 1, max(0, int(score * bins)))] += 1
    return tuple(counts)


class ScoreSlider(QWidget):
    """A slider from 0 to 1. Setting a value equal to the present one emits nothing."""

    value_changed = Signal(float)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._track = _Track(self)
        self._track.setAccessibleName(text)
        self._number = QDoubleSpinBox(self)
        self._number.setRange(0.0, 1.0)
        self._number.setSingleStep(0.01)
        self._number.setDecimals(2)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._number.setKeyboardTracking(False)  # typing "0.35" is one change, not three
        self._number.setAccessibleName(text)
        label = QLabel(text, self)
        label.setBuddy(self._number)

        top = QHBoxLayout()
        top.addWidget(label)
        top.addStretch(1)
        top.addWidget(self._number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self._track)

        self._track.setValue(STEPS // 2)
        self._number.setValue(0.5)
        self._value = 0.5
        self._track.valueChanged.connect(self._on_dragged)
        self._number.valueChanged.connect(self._on_typed)

    @property
    def value(self) -> float:
        return self._value

    def set_value(self, value: float) -> None:
        value = min(1.0, max(0.0, value))
        if value == self._value:
            return
        self._value = value
        self._track.setValue(round(value * STEPS))
        self._number.setValue(value)
        self._track.update()
        self.value_changed.emit(value)

    def set_scores(self, scores: Iterable[float]) -> None:
        """The scores that the threshold cuts, for the histogram."""
        self._track.set_counts(histogram(scores))

    def _on_dragged(self, step: int) -> None:
        if step != round(self._value * STEPS):  # a value between two steps moves the handle, not itself
            self.set_value(step / STEPS)

    def _on_typed(self, value: float) -> None:
        if round(value, 2) != round(self._value, 2):
            self.set_value(round(value, 2))


class _Track(QAbstractSlider):
    """The groove, its handle and the histogram above it, painted with the palette's roles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[int, ...] = (0,) * BINS
        self.setRange(0, STEPS)
        self.setSingleStep(1)
        self.setPageStep(10)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_counts(self, counts: tuple[int, ...]) -> None:
        if counts != self._counts:
            self._counts = counts
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 44)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 44)

    # ------------------------------------------------------------------------------------ gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._step_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the panel scrolls: no threshold changes because the pointer passed by

    def _step_at(self, x: float) -> int:
        groove = self._groove()
        return round(min(1.0, max(0.0, (x - groove.left()) / groove.width())) * STEPS)

    # ------------------------------------------------------------------------------------ painting

    def _groove(self) -> QRectF:
        y = self.height() - HANDLE_RADIUS - 2
        return QRectF(HANDLE_RADIUS + 1, y - GROOVE / 2, self.width() - 2 * (HANDLE_RADIUS + 1), GROOVE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = self.palette()
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        accent = palette.color(group, QPalette.ColorRole.Accent)
        below = palette.color(group, QPalette.ColorRole.WindowText)
        below.setAlphaF(0.22)
        groove = self._groove()
        x = groove.left() + groove.width() * self.value() / STEPS
        self._paint_bars(painter, groove, x, accent, below)
        painter.setBrush(below)
        painter.drawRoundedRect(groove, GROOVE / 2, GROOVE / 2)
        painter.setBrush(accent)
        above = QRectF(groove)
        above.setLeft(x)
        painter.drawRoundedRect(above, GROOVE / 2, GROOVE / 2)
        self._paint_handle(painter, QPointF(x, groove.center().y()), accent)

    def _paint_bars(self, painter: QPainter, groove: QRectF, x: float, accent: QColor, below: QColor) -> None:
        most = max(self._counts)
        if not most:
            return
        width = groove.width() / len(self._counts)
        room = groove.top() - HANDLE_RADIUS - 2
        for number, count in enumerate(self._counts):
            if not count:
                continue
            # square root: the many low scores must not press the few that matter down to nothing
            height = max(2.0, room * (count / most) ** 0.5)
            left = groove.left() + number * width
            painter.setBrush(accent if left + width / 2 >= x else below)
            painter.drawRect(QRectF(left + 0.5, room - height, max(1.0, width - 1.0), height))

    def _paint_handle(self, painter: QPainter, centre: QPointF, accent: QColor) -> None:
        base = self.palette().color(QPalette.ColorRole.Base)
        painter.setBrush(accent if self.isSliderDown() else base)
        painter.setPen(QPen(accent, 2.5 if self.hasFocus() else 1.6))
        painter.drawEllipse(centre, HANDLE_RADIUS - 1, HANDLE_RADIUS - 1)
