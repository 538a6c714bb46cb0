"""A small card of colours at the cursor; "Other…" opens the whole range."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QColorDialog, QGridLayout, QMenu, QToolButton, QWidget, QWidgetAction

COLUMNS = 7
SWATCH = 20  # px


class ColourMenu:
    """Asks for one of a few colours, "#rrggbb"."""

    def __init__(self, colours: Sequence[str], parent: QWidget) -> None:
        self._colours = tuple(colours)
        self._parent = parent

    def ask(self, present: str, place: QPoint) -> str:
        """The colour chosen; empty when the menu is left."""
        menu = QMenu(self._parent)
        chosen: list[str] = []
        card = QWidget(menu)
        grid = QGridLayout(card)
        grid.setContentsMargins(8, 6, 8, 2)
        grid.setSpacing(4)
        for number, colour in enumerate(self._colours):
            button = QToolButton(card)
            button.setIcon(swatch(colour, colour == present, button.palette()))
            button.setIconSize(QSize(SWATCH, SWATCH))
            button.setToolTip(colour)
            button.setAutoRaise(True)
            button.clicked.connect(partial(chosen.append, colour))
            button.clicked.connect(menu.close)
            grid.addWidget(button, number // COLUMNS, number % COLUMNS)
        swatches = QWidgetAction(menu)
        swatches.setDefaultWidget(card)
        menu.addAction(swatches)
        other = menu.addAction("Other…")
        if menu.exec(place) is other:
            picked = QColorDialog.getColor(QColor(present), self._parent, "Colour of the class")
            if picked.isValid():
                chosen.append(picked.name())
        menu.deleteLater()
        return next(iter(chosen), "")


def swatch(colour: str, ringed: bool, palette: QPalette) -> QIcon:
    """A square of the colour; with a ring, it is the present one."""
    pixmap = QPixmap(SWATCH * 2, SWATCH * 2)  # drawn at twice the size, for dense screens
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if ringed:
        painter.setBrush(palette.color(QPalette.ColorRole.Text))
        painter.drawRoundedRect(pixmap.rect(), 9, 9)
        painter.setBrush(palette.color(QPalette.ColorRole.Window))
        painter.drawRoundedRect(pixmap.rect().adjusted(4, 4, -4, -4), 6, 6)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(pixmap.rect().adjusted(8, 8, -8, -8), 5, 5)
    painter.end()
    return QIcon(pixmap)
