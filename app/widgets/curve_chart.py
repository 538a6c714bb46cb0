"""Precision over recall, one curve for each class: one of them can be picked out, here or beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.widgets.chart import dress_axes

LABELS = {"bottom": "recall: share found", "left": "precision: share right"}
CLICK_PX = 12  # how far from a curve a click still picks it
FAINT = 0.25  # opacity of the others while one is picked out
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)

Point = tuple[float, float]  # recall, precision


@dataclass(frozen=True, slots=True)
class NamedCurve:
    """A curve, the colour of its class, and the point on it that is best, where there is one."""

    name: str
    colour: str
    points: tuple[Point, ...]
    best: Point | None = None


class CurveChart(QWidget):
    """pyqtgraph, half a second to import, is so once there is something to draw."""

    picked = Signal(str)  # the name of the curve that was clicked

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[NamedCurve, ...] = ()
        self._picked = ""
        self._plot: Any = None
        self._lines: dict[str, Any] = {}
        self._marks: dict[str, Any] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Precision over recall of each class")

    def curves(self) -> tuple[NamedCurve, ...]:
        return self._curves

    def set_curves(self, curves: Sequence[NamedCurve]) -> None:
        """Draw these, in place of those before."""
        self._curves = tuple(curves)
        if self._plot is None:
            self._build()
        for item in (*self._lines.values(), *self._marks.values()):
            self._plot.removeItem(item)
        self._lines, self._marks = {}, {}
        for curve in self._curves:
            self._add(curve)
        self._dress()

    def pick_out(self, name: str) -> None:
        """Draw this curve before the others, which grow faint; "" draws all alike."""
        if name != self._picked:
            self._picked = name
            if self._plot is not None:
                self._dress()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and self._plot is not None:
            self._dress()
        super().changeEvent(event)

    # ------------------------------------------------------------------------------------ within

    def _add(self, curve: NamedCurve) -> None:
        import pyqtgraph

        line = self._plot.plot([x for x, _ in curve.points], [y for _, y in curve.points])
        line.setCurveClickable(True, CLICK_PX)
        line.sigClicked.connect(self._on_clicked)
        self._lines[curve.name] = line
        if curve.best is not None:
            mark = pyqtgraph.ScatterPlotItem([curve.best[0]], [curve.best[1]], size=9)
            self._plot.addItem(mark)
            self._marks[curve.name] = mark

    def _on_clicked(self, item: Any, _: object) -> None:
        name = next((name for name, line in self._lines.items() if line is item), "")
        if name:
            self.picked.emit(name)

    def _build(self) -> None:
        import pyqtgraph

        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setAntialiasing(True)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.02)
        self._layout.addWidget(self._plot)

    def _dress(self) -> None:
        """Take the colours and the font of the theme."""
        dress_axes(self._plot, LABELS, self.palette(), self.font())
        self._plot.showGrid(x=True, y=True, alpha=0.14)
        for number, curve in enumerate(self._curves):
            self._dress_curve(curve, STYLES[number // 7 % len(STYLES)])

    def _dress_curve(self, curve: NamedCurve, style: Qt.PenStyle) -> None:
        is_picked = curve.name == self._picked
        colour = QColor(curve.colour)
        colour.setAlphaF(1.0 if is_picked or not self._picked else FAINT)
        pen = QPen(colour, 3.0 if is_picked else 1.8, style)
        pen.setCosmetic(True)
        line = self._lines[curve.name]
        line.setPen(pen)
        line.setZValue(2 if is_picked else 1)
        if curve.name in self._marks:
            self._marks[curve.name].setBrush(colour)
            self._marks[curve.name].setPen(None)
            self._marks[curve.name].setZValue(3)
