"""What stays the same from one move of the mouse to the next, painted once and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import ceil

from PySide6.QtGui import QPainter, QPixmap

Paint = Callable[[QPainter], None]


class Layer:
    """A picture of the widget that is painted anew when its key is another one.

    A key holds everything the painting depends on, so nobody has to remember to throw the picture away.
    """

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._key: Hashable = None
        self.painted = 0  # how often, for tests and benchmarks

    def get(self, key: Hashable, size: tuple[float, float], ratio: float, paint: Paint) -> QPixmap:
        """size (width, height) of the widget in widget px; ratio is the device's."""
        if key != self._key or self._pixmap.isNull():
            width, height = max(1, ceil(size[0] * ratio)), max(1, ceil(size[1] * ratio))
            if (self._pixmap.width(), self._pixmap.height()) != (width, height):
                self._pixmap = QPixmap(width, height)
            self._pixmap.setDevicePixelRatio(ratio)
            painter = QPainter(self._pixmap)
            paint(painter)
            painter.end()
            self._key = key
            self.painted += 1
        return self._pixmap
