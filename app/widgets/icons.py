"""Icons of one family that are always in the present colours: the palette is asked when they are painted."""

from __future__ import annotations

from functools import lru_cache

import qtawesome
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

GLYPH_SHARE = (
    0.94  # of the icon's square: QtAwesome's glyphs fill their em box, and antialiasing needs a border
)


@lru_cache(maxsize=256)
def icon(name: str, colour: QPalette.ColorRole | str = QPalette.ColorRole.ButtonText) -> QIcon:
    """The icon with QtAwesome's name ("mdi6.undo"), in the palette's colour of a role or in one "#rrggbb"."""
    return QIcon(_GlyphEngine(name, colour))


class _GlyphEngine(QIconEngine):
    """Draws one character of QtAwesome's font. Nothing is kept, so another theme needs no new icons."""

    def __init__(self, name: str, colour: QPalette.ColorRole | str) -> None:
        super().__init__()
        self._name = name
        self._chosen = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._colour(mode))
        painter.setFont(_font(self._name, round(rect.height() * GLYPH_SHARE)))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, qtawesome.charmap(self._name))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._name, self._chosen)

    def _colour(self, mode: QIcon.Mode) -> QColor:
        palette = QGuiApplication.palette()
        if mode == QIcon.Mode.Disabled:
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        if isinstance(self._chosen, str):
            return QColor(self._chosen)
        return palette.color(QPalette.ColorGroup.Active, self._chosen)


class IconLabel(QWidget):
    """An icon that only stands there, in the present colours."""

    def __init__(
        self, name: str, size: int, colour: QPalette.ColorRole | str = QPalette.ColorRole.ButtonText
    ) -> None:
        super().__init__()
        self._icon = icon(name, colour)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


def _font(name: str, pixels: int) -> QFont:
    font: QFont = qtawesome.font(name.split(".", 1)[0], 16)
    font.setPixelSize(max(1, pixels))
    return font
