"""Name tags: what they look like, and where they stand so that they cover as little as they can."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

XYXY = tuple[float, float, float, float]

GAP = 2.0  # widget px between a box's line and its tag
PADDING = 5.0  # widget px beside the text
BAR = 3.0  # widget px: the strip in the colour of a proposal's class
RADIUS = 3.0
WIDEST = 220.0  # widget px: longer names end in an ellipsis
READOUT_GROUND = "#16181d"
KEPT = 2000  # pictures of tags; drawing text is the slowest part of a crowded image
DARK, LIGHT = QColor(14, 16, 20), QColor(255, 255, 255)
VEIL = QColor(14, 16, 20, 215)  # ground of the tags of proposals: light text on it reads on any picture


@dataclass(frozen=True, slots=True)
class Tag:
    """What a tag says. A label's is filled with its class's colour; a proposal's is dark, with its score."""

    name: str
    colour: str  # "#rrggbb"
    score: float | None = None  # of a proposal
    note: str = ""  # said after the name
    is_area: bool = False  # to ignore, not an object

    @property
    def is_proposal(self) -> bool:
        return self.score is not None

    @property
    def rest(self) -> str:
        """What stands after the name, fainter."""
        return self.note if self.score is None else f"{self.score:.2f}"


class Tags:
    """Draws tags in a font, for a screen. Each is drawn once."""

    def __init__(self, font: QFont, ratio: float) -> None:
        self._font = QFont(font)
        self._font.setWeight(QFont.Weight.DemiBold)
        self._small = QFont(font)
        self._metrics = QFontMetricsF(self._font)
        self._small_metrics = QFontMetricsF(self._small)
        self._ratio = ratio
        self._drawn: dict[Tag, QPixmap] = {}

    @property
    def height(self) -> float:
        return self._metrics.height() + 2.0

    def size(self, tag: Tag) -> tuple[float, float]:
        """(width, height) in widget px."""
        pixmap = self.pixmap(tag)
        return pixmap.width() / self._ratio, pixmap.height() / self._ratio

    def pixmap(self, tag: Tag) -> QPixmap:
        if tag not in self._drawn:
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            self._drawn[tag] = self._draw(tag)
        return self._drawn[tag]

    def paint(self, painter: QPainter, tag: Tag, place: tuple[float, float]) -> None:
        painter.drawPixmap(QPointF(*place), self.pixmap(tag))

    def _draw(self, tag: Tag) -> QPixmap:
        name = self._metrics.elidedText(tag.name, Qt.TextElideMode.ElideRight, WIDEST)
        name_width = self._metrics.horizontalAdvance(name)
        rest_width = self._small_metrics.horizontalAdvance(tag.rest) + PADDING if tag.rest else 0.0
        left = PADDING + (BAR if tag.is_proposal else 0.0)
        size = QSizeF(left + name_width + rest_width + PADDING, self.height)
        pixmap = QPixmap((size * self._ratio).toSize())
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        area = QRectF(QPointF(0.0, 0.0), pixmap.deviceIndependentSize())
        colour = QColor(tag.colour)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(VEIL if tag.is_proposal else colour)
        painter.drawRoundedRect(area, RADIUS, RADIUS)
        if tag.is_proposal:
            painter.setClipRect(QRectF(0.0, 0.0, BAR, area.height()))
            painter.setBrush(colour)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
            painter.setClipping(False)
        ink = LIGHT if tag.is_proposal else ink_on(colour)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(ink)
        painter.setFont(self._font)
        painter.drawText(QRectF(left, 0.0, name_width + 1, area.height()), flags, name)
        if tag.rest:
            faint = QColor(ink)
            faint.setAlphaF(0.78)
            painter.setPen(faint)
            painter.setFont(self._small)
            painter.drawText(
                QRectF(left + name_width + PADDING, 0.0, rest_width, area.height()), flags, tag.rest
            )
        painter.end()
        return pixmap


def ink_on(ground: QColor) -> QColor:
    """Black or white, whichever reads better: W3C's contrast of both, from the relative luminance."""
    red, green, blue = (_linear(c) for c in (ground.redF(), ground.greenF(), ground.blueF()))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return DARK if (luminance + 0.05) ** 2 > 0.05 * 1.05 else LIGHT


def place_tag(box: XYXY, size: tuple[float, float], view: XYXY) -> tuple[float, float]:
    """Where a tag's top left corner goes; all in widget px.

    Above the box; below it where there is no room above; inside it where there is none below either.
    """
    width, height = size
    left, top, right, bottom = view
    x = max(left, min(box[0] - 1.0, right - width))
    above, below = box[1] - GAP - height, box[3] + GAP
    if top <= above <= bottom - height:
        return x, above
    if top <= below <= bottom - height:
        return x, below
    inside = max(left, min(box[0] + GAP, right - width))
    return inside, max(top, min(box[1] + GAP, bottom - height))


def place_readout(box: XYXY, size: tuple[float, float], view: XYXY) -> tuple[float, float]:
    """Where the size of a box is said, in widget px: below it, or inside where there is no room."""
    width, height = size
    left, top, right, bottom = view
    x = max(left, min(box[2] + 1.0 - width, right - width))
    below = box[3] + GAP
    y = below if below <= bottom - height else min(box[3], bottom) - GAP - height
    return x, max(top, y)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
