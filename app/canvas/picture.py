"""The picture itself: sharp when near, smooth when far, a thumbnail until it is there."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from app.canvas.paint import q_rect
from app.canvas.viewport import XYXY, Viewport

NEAREST_ABOVE = 4.0  # zoom: from here on, a pixel is shown as the square it is
SMALL = 4e6  # pixels
SHADOW = 12  # widget px, around the picture
SHADOW_ALPHA = 7  # of 255, of each of its layers


class Picture:
    """The pixels of one image, and smaller copies of them.

    Qt looks at four pixels for one on the screen: below half size it would skip some, and small things would
    flicker while zooming. So the picture is drawn from a copy that was halved as often as needed: a mip map.
    """

    def __init__(self, image: QImage) -> None:
        self._copies = [image]
        self.size = (float(image.width()), float(image.height()))

    @property
    def is_small(self) -> bool:
        """Whether its copies are made in a few milliseconds."""
        return self.size[0] * self.size[1] <= SMALL

    def is_prepared(self, viewport: Viewport) -> bool:
        return len(self._copies) > self._halvings(viewport)

    def prepare(self, viewport: Viewport) -> None:
        """Make the copies for a zoom: of a large picture, not before it was painted once without them."""
        while not self.is_prepared(viewport):
            self._copies.append(halved(self._copies[-1]))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """The part in view, at its place; stretched, where the viewport's image has another size."""
        width, height = self.size
        across, down = width / viewport.image[0], height / viewport.image[1]
        copy = self._copies[min(self._halvings(viewport), len(self._copies) - 1)]
        # whole pixels: half of one at the edge of the view would be drawn as a whole one
        xmin, ymin, xmax, ymax = viewport.visible
        left, top = math.floor(xmin), math.floor(ymin)
        right, bottom = math.ceil(xmax), math.ceil(ymax)
        if right <= left or bottom <= top:
            return
        across *= copy.width() / width
        down *= copy.height() / height
        source = QRectF(left * across, top * down, (right - left) * across, (bottom - top) * down)
        target = q_rect(viewport.box_to_widget((left, top, right, bottom)))
        is_smooth = viewport.zoom <= NEAREST_ABOVE and viewport.zoom / across != 1.0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(target, copy, source)

    def _halvings(self, viewport: Viewport) -> int:
        """How often to halve, so that the copy is drawn at half its size or more."""
        zoom = viewport.zoom * viewport.image[0] / self.size[0]  # device px to a pixel of this picture
        shortest = int(math.log2(max(1.0, min(self.size))))
        return min(shortest, max(0, math.floor(math.log2(1 / zoom))))


def paint_shadow(painter: QPainter, ground: QRectF, picture: XYXY, colour: QColor) -> None:
    """A soft shadow on the ground around the picture, in widget px."""
    area = q_rect(picture)
    outside = QRegion(ground.toAlignedRect()) - QRegion(area.toAlignedRect().adjusted(1, 1, -1, -1))
    if outside.isEmpty():
        return
    veil = QColor(colour)
    veil.setAlpha(SHADOW_ALPHA)
    painter.save()
    painter.setClipRegion(outside)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    for spread in range(1, SHADOW, 2):
        layer = area.adjusted(
            -spread, 2 - spread, spread, 2 + spread
        )  # a little lower: light comes from above
        painter.drawRoundedRect(layer, spread, spread)
    painter.restore()


def halved(image: QImage) -> QImage:
    """Half as wide and as high, rounded up; each pixel the mean of those it stands for."""
    import cv2  # the decoder's thread has loaded it by now; at the start it would delay the window

    if image.format() != QImage.Format.Format_RGB32:
        image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine() // 4, 4)
    half = QImage((width + 1) // 2, (height + 1) // 2, QImage.Format.Format_RGB32)
    target = np.frombuffer(half.bits(), np.uint8).reshape(half.height(), half.width(), 4)
    cv2.resize(rows[:, :width], (half.width(), half.height()), dst=target, interpolation=cv2.INTER_AREA)
    return half
