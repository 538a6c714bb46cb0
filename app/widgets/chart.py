"""A small line chart in the colours of the theme, with a key that reads the newest values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

HEIGHT = 132  # px: two of them fit in a dock beside the picture
FEW_POINTS = 40  # up to here each point is marked: one epoch alone would be no line
# of the points, those that may reach above the chart: the first losses would flatten all that follow
LEFT_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, the palette's colour it takes, and how it is drawn, so that colour is not all."""

    name: str
    role: QPalette.ColorRole = QPalette.ColorRole.Accent
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    opacity: float = 1.0
    tooltip: str = ""


class Chart(QWidget):
    """Lines over one x axis. pyqtgraph, half a second to import, is so once there is something to draw."""

    def __init__(
        self,
        lines: Sequence[Line],
        x_label: str,
        y_label: str,
        y_range: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lines = tuple(lines)
        self._labels = {"bottom": x_label, "left": y_label}
        self._y_range = y_range
        self._points: dict[str, tuple[tuple[float, float], ...]] = {}
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self._key = _Key(self._lines, self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addWidget(self._key)
        self.setAccessibleName(f"{y_label} over {x_label}")

    def points(self, name: str) -> tuple[tuple[float, float], ...]:
        return self._points.get(name, ())

    def set_points(self, name: str, points: Sequence[tuple[float, float]]) -> None:
        """Draw these points as the line of this name."""
        points = tuple(points)
        if points == self._points.get(name, ()):
            return
        self._points[name] = points
        self._key.set_value(name, points[-1][1] if points else None)
        if self._plot is None:
            self._build()
        self._items[name].setData([x for x, _ in points], [y for _, y in points])
        symbol = "o" if len(points) <= FEW_POINTS else None
        self._items[name].setSymbol(symbol)
        if self._y_range is None:
            self._plot.setYRange(*self.y_range(), padding=0.04)

    def y_range(self) -> tuple[float, float]:
        """What the y axis shows: the fixed range, or from 0 to above nine tenths of each line, and its end."""
        if self._y_range is not None:
            return self._y_range
        tops = [0.0]
        for points in filter(None, self._points.values()):
            values = sorted(y for _, y in points)
            above = int(LEFT_OUT * len(values)) if len(values) > FEW_POINTS else 0
            tops += [values[-1 - above], points[-1][1]]
        return 0.0, max(tops) or 1.0

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._plot is not None:
            self._dress()
        super().changeEvent(event)

    def _build(self) -> None:
        import pyqtgraph

        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setFixedHeight(HEIGHT)
        self._plot.setAntialiasing(True)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        # the mouse goes through it: the wheel scrolls the panel
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        if self._y_range is not None:
            self._plot.setYRange(*self._y_range, padding=0.04)
        for line in self._lines:
            self._items[line.name] = self._plot.plot([], [])
        self._layout.addWidget(self._plot)
        self._dress()

    def _dress(self) -> None:
        """Take the colours and the font of the theme."""
        palette = self.palette()
        dress_axes(self._plot, self._labels, palette, self.font())
        self._plot.showGrid(x=False, y=True, alpha=0.18)
        for line in self._lines:
            pen = pen_of(line, palette)
            self._items[line.name].setPen(pen)
            self._items[line.name].setSymbolPen(None)
            self._items[line.name].setSymbolBrush(pen.color())
            self._items[line.name].setSymbolSize(4)


def dress_axes(plot: Any, labels: Mapping[str, str], palette: QPalette, font: QFont) -> None:
    """A plot's background and axes in the colours of a palette, with labels by side, in a font a little smaller."""
    text = QColor(palette.color(QPalette.ColorRole.WindowText))
    text.setAlphaF(0.75)
    grid = QColor(text)
    grid.setAlphaF(0.35)
    font = QFont(font)
    font.setPointSizeF(max(6.5, font.pointSizeF() * 0.82))
    plot.setBackground(palette.color(QPalette.ColorRole.Base))
    for side, label in labels.items():
        axis = plot.getAxis(side)
        axis.setPen(grid)
        axis.setTextPen(text)
        axis.setTickFont(font)
        axis.setStyle(tickTextOffset=3, tickLength=-3, maxTickLevel=0)
        # (): a loss of 0.6 is not to read as 600 thousandths
        size = {"font-size": f"{font.pointSizeF():.1f}pt"}
        axis.setLabel(label, siPrefixEnableRanges=(), color=text.name(), **size)
    metrics = QFontMetrics(font)
    plot.getAxis("bottom").setHeight(2 * metrics.height() + 4)
    plot.getAxis("left").setWidth(metrics.horizontalAdvance("0.00") + metrics.height() + 8)


def pen_of(line: Line, palette: QPalette) -> QPen:
    colour = QColor(palette.color(line.role))
    colour.setAlphaF(line.opacity)
    pen = QPen(colour, 1.8, line.style)
    pen.setCosmetic(True)
    return pen


class _Key(QWidget):
    """The lines' names with their newest values, each behind a stroke as it is drawn."""

    STROKE = 16  # px
    GAP = 12  # px between two entries

    def __init__(self, lines: tuple[Line, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._lines = lines
        self._values: dict[str, float | None] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("\n".join(f"{line.name}: {line.tooltip}" for line in lines if line.tooltip))

    def set_value(self, name: str, value: float | None) -> None:
        if value != self._values.get(name):
            self._values[name] = value
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self.font())
        x, middle = 0.0, self.height() / 2
        baseline = middle + (metrics.ascent() - metrics.descent()) / 2
        for line in self._lines:
            value = self._values.get(line.name)
            text = line.name if value is None else f"{line.name} {value:.3f}"
            painter.setPen(pen_of(line, self.palette()))
            painter.drawLine(QPointF(x, middle), QPointF(x + self.STROKE, middle))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(x + self.STROKE + 4, baseline), text)
            x += self.STROKE + 4 + metrics.horizontalAdvance(text) + self.GAP
