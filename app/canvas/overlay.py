"""What changes with every move of the mouse: painted over the rest, and only where it was or will be."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QRegion

from app.canvas.hit import Target
from app.canvas.paint import Brushwork, paint_band, paint_crosshair, q_rect
from app.canvas.tags import READOUT_GROUND, Tag, place_readout
from app.canvas.viewport import XYXY

MARGIN = 3.0  # widget px around a line, for its width and its halo


@dataclass(frozen=True, slots=True)
class Overlay:
    """All of it at one moment. Equal overlays over the same view look the same."""

    held: tuple[Target, ...] = ()  # drawn, moved or resized
    hovered: Target | None = None
    band: XYXY | None = None  # image px
    crosshair: tuple[float, float] | None = None  # widget px

    def region(self, brush: Brushwork) -> QRegion:
        """Everything that paint may touch."""
        areas = [brush.bounds(self.held)]
        if self.hovered is not None:
            areas.append(brush.bounds((self.hovered,)))
        if len(self.held) == 1:
            areas.append(self._readout_area(brush))
        if self.band is not None:
            areas.append(_around(q_rect(brush.viewport.box_to_widget(self.band))))
        if self.crosshair is not None:
            x, y = self.crosshair
            width, height = brush.viewport.widget
            areas += [_around(QRectF(x, 0.0, 0.0, height)), _around(QRectF(0.0, y, width, 0.0))]
        region = QRegion()
        for area in areas:
            region += area.toAlignedRect()
        return region

    def paint(self, painter: QPainter, brush: Brushwork, accent: QColor) -> None:
        if self.hovered is not None:
            brush.paint_one(painter, self.hovered, filled=True, handles=False)
        if self.crosshair is not None:
            paint_crosshair(painter, *self.crosshair, brush.viewport.picture)
        if len(self.held) == 1:
            brush.paint_one(painter, self.held[0], filled=False, handles=True)
            area = self._readout_area(brush)
            brush.tags.paint(painter, self._readout(), (area.x(), area.y()))
        else:
            brush.paint_many(painter, self.held)
        if self.band is not None:
            paint_band(painter, brush.viewport.box_to_widget(self.band), accent)

    def _readout(self) -> Tag:
        xmin, ymin, xmax, ymax = self.held[0].xyxy
        return Tag(f"{xmax - xmin:.0f} × {ymax - ymin:.0f}", READOUT_GROUND, note="px")

    def _readout_area(self, brush: Brushwork) -> QRectF:
        size = brush.tags.size(self._readout())
        rect = brush.viewport.box_to_widget(self.held[0].xyxy)
        return QRectF(*place_readout(rect, size, brush.view), *size)


def _around(area: QRectF) -> QRectF:
    return area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
