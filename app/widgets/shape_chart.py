"""Shapes of boxes as points, width by height on logarithmic axes, with the anchors' shapes among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

HEIGHT = 250  # px
MARGIN = 0.12  # of a decade, around the outermost shapes

Shape = tuple[float, float]  # width, height px


@dataclass(frozen=True, slots=True)
class Marks:
    """One kind of point: its name, the palette's colour, and its form, so that colour is not all."""

    name: str
    role: QPalette.ColorRole
    symbol: str  # pyqtgraph's: "o" a ring or a dot, "+" a cross
    size: float  # px
    is_filled: bool
    opacity: float = 1.0


class ShapeChart(QWidget):
    """Takes no mouse: there is nothing to do in it. pyqtgraph is imported once there is something to draw."""

    def __init__(self, marks: Sequence[Marks], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = tuple(marks)
        self._shapes: dict[str, tuple[Shape, ...]] = {}
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._key = _Key(self._marks, self)
        self._layout.addWidget(self._key)

    def shapes(self, name: str) -> tuple[Shape, ...]:
        return self._shapes.get(name, ())

    def set_shapes(self, name: str, shapes: Sequence[Shape]) -> None:
        """Draw these shapes as the points of this name."""
        self._shapes[name] = tuple(shapes)
        if self._plot is None:
            self._build()
        logs = [(math.log10(width), math.log10(height)) for width, height in shapes]
        self._items[name].setData([x for x, _ in logs], [y for _, y in logs])
        self._key.set_drawn(frozenset(name for name, drawn in self._shapes.items() if drawn))
        self._show_range()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._plot is not None:
            self._dress()
        super().changeEvent(event)

    def _show_range(self) -> None:
        sides = [side for shapes in self._shapes.values() for shape in shapes for side in shape]
        if not sides:
            return
        low, high = math.log10(min(sides)) - MARGIN, math.log10(max(sides)) + MARGIN
        self._plot.setRange(xRange=(low, high), yRange=(low, high), padding=0)
        ticks = [(math.log10(2**n), f"{2**n:,}") for n in range(14) if low <= math.log10(2**n) <= high]
        for side in ("bottom", "left"):
            self._plot.getAxis(side).setTicks([ticks])

    def _build(self) -> None:
        import pyqtgraph

        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setFixedHeight(HEIGHT)
        self._plot.setAntialiasing(True)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        for marks in self._marks:
            self._items[marks.name] = pyqtgraph.ScatterPlotItem()
            self._plot.addItem(self._items[marks.name])
        self._layout.addWidget(self._plot)
        self._dress()

    def _dress(self) -> None:
        """Take the colours and the font of the theme."""
        palette = self.palette()
        text = QColor(palette.color(QPalette.ColorRole.WindowText))
        text.setAlphaF(0.75)
        line = QColor(text)
        line.setAlphaF(0.35)
        font = self.font()
        font.setPointSizeF(max(6.5, font.pointSizeF() * 0.82))
        self._plot.setBackground(palette.color(QPalette.ColorRole.Base))
        self._plot.showGrid(x=True, y=True, alpha=0.14)
        for side, label in (("bottom", "width, px"), ("left", "height, px")):
            axis = self._plot.getAxis(side)
            axis.setPen(line)
            axis.setTextPen(text)
            axis.setTickFont(font)
            axis.setStyle(tickTextOffset=3, tickLength=-3)
            axis.setLabel(label, color=text.name(), **{"font-size": f"{font.pointSizeF():.1f}pt"})
        metrics = QFontMetrics(font)
        self._plot.getAxis("bottom").setHeight(2 * metrics.height() + 4)
        self._plot.getAxis("left").setWidth(metrics.horizontalAdvance("1,024") + metrics.height() + 8)
        for marks in self._marks:
            colour, item = _colour(marks, palette), self._items[marks.name]
            item.setSymbol(marks.symbol)
            item.setSize(marks.size)
            item.setPen(None if marks.is_filled else _pen(colour))
            item.setBrush(colour if marks.is_filled else None)


def _colour(marks: Marks, palette: QPalette) -> QColor:
    colour = QColor(palette.color(marks.role))
    colour.setAlphaF(marks.opacity)
    return colour


def _pen(colour: QColor) -> QPen:
    pen = QPen(colour, 1.6)
    pen.setCosmetic(True)  # pyqtgraph draws a mark one unit large and scales it
    return pen


class _Key(QWidget):
    """The names of what is drawn, each behind its mark."""

    GAP = 16  # px between two entries

    def __init__(self, marks: tuple[Marks, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self._marks = marks
        self._drawn: frozenset[str] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_drawn(self, names: frozenset[str]) -> None:
        self._drawn = names
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self.font())
        x, middle = 6.0, self.height() / 2
        baseline = middle + (metrics.ascent() - metrics.descent()) / 2
        for marks in (marks for marks in self._marks if marks.name in self._drawn):
            colour, half = _colour(marks, self.palette()), marks.size / 2
            painter.setPen(Qt.PenStyle.NoPen if marks.is_filled else _pen(colour))
            painter.setBrush(colour if marks.is_filled else Qt.BrushStyle.NoBrush)
            if marks.symbol == "+":
                painter.setPen(QPen(colour, marks.size / 4))
                painter.drawLine(QPointF(x - half, middle), QPointF(x + half, middle))
                painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))
            else:
                painter.drawEllipse(QRectF(x - half, middle - half, marks.size, marks.size))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(x + 9, baseline), marks.name)
            x += 9 + metrics.horizontalAdvance(marks.name) + self.GAP
