"""How boxes look: lines with a dark halo, so that they show on any picture.

Labels are solid, proposals dashed, areas to ignore dotted and hatched, so they are never told apart by colour
alone. All painting is done in widget px, so lines are as wide at every zoom; they lie on whole device pixels
without antialiasing: sharp, and a thousand of them in a few milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app.canvas.hit import HANDLES, Side, Target, handle_at, is_corner
from app.canvas.tags import GAP, WIDEST, Tag, Tags, place_tag
from app.canvas.viewport import XYXY, Viewport

LINE, BOLD = 2.0, 3.0  # widget px
HALO = 1.0  # widget px on both sides of a line
HALO_DARKER = 450  # per cent: as dark as the halo is, in the colour of its line
DASHES, DOTS = (4.0, 3.0), (1.0, 2.0)  # of proposals, of areas to ignore; in widths of the line
HATCH = (
    (QColor(0, 0, 0, 90), 1.0),
    (QColor(255, 255, 255, 110), 0.0),
)  # of areas: colour, shift in widget px
FILL_ALPHA = 30  # of 255, in the box under the cursor
CORE_COLOUR = QColor(255, 255, 255)  # the thin line in what is selected together with others
HANDLE = 7.0  # widget px
HANDLE_COLOUR, HANDLE_LINE = QColor(255, 255, 255), QColor(0, 0, 0, 220)
LEAST_FOR_MIDDLE = 34.0  # widget px: a shorter side has no handle in its middle
LEAST_FOR_TAG = (22.0, 9.0)  # widget px: a smaller box shows its name when it is under the cursor or selected
BEYOND = 64.0  # widget px: how far outside the view lines are still drawn
CROSS_COLOUR = QColor(255, 255, 255, 210)
CROSS_HALO = QColor(0, 0, 0, 90)
BAND_ALPHA = 40

TagOf = Callable[[Target], Tag]
Groups = dict[tuple[str, tuple[float, ...]], list[QLineF]]  # colour, and dashes: edges in widget px


@dataclass(frozen=True, slots=True)
class Brushwork:
    """What all painting of boxes needs: where, what they are called, and the tags' pictures."""

    viewport: Viewport
    tag_of: TagOf
    tags: Tags

    @property
    def view(self) -> XYXY:
        return (0.0, 0.0, *self.viewport.widget)

    # ------------------------------------------------------------------------------------------ where

    def rects(self, xyxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (N, 4) in image px -> (which of them show (M,), in widget px on whole device pixels (M, 4)).

        Cut a little outside the view: a dashed line of a million pixels would take Qt a second.
        """
        left, top = self.viewport.origin
        width, height = self.viewport.widget
        placed = xyxy * self.viewport.scale + (left, top, left, top)
        finite = np.isfinite(placed).all(axis=1)  # a model may say anything
        shows = (placed[:, :2] <= (width + BEYOND, height + BEYOND)).all(axis=1)
        shows &= (placed[:, 2:] >= -BEYOND).all(axis=1)
        which = np.flatnonzero(finite & shows)
        limits = np.array((width, height, width, height)) + BEYOND
        ratio = self.viewport.ratio
        return which, np.round(np.clip(placed[which], -BEYOND, limits) * ratio) / ratio

    def bounds(self, targets: Sequence[Target]) -> QRectF:
        """Everything that painting them bold may touch, with their tags and handles. Widget px."""
        if not targets:
            return QRectF()
        _, placed = self.rects(np.array([target.xyxy for target in targets], dtype=float))
        if not len(placed):
            return QRectF()
        xmin, ymin = placed[:, :2].min(axis=0).tolist()
        xmax, ymax = placed[:, 2:].max(axis=0).tolist()
        margin = HANDLE / 2 + BOLD + HALO
        bounds = q_rect((xmin, ymin, xmax, ymax)).adjusted(-margin, -margin, margin, margin)
        if len(targets) > 1:
            return bounds.adjusted(0.0, -self.tags.height - GAP, WIDEST, self.tags.height + GAP)
        size = self.tags.size(self.tag_of(targets[0]))
        return bounds.united(QRectF(*place_tag((xmin, ymin, xmax, ymax), size, self.view), *size))

    # ------------------------------------------------------------------------------------------ boxes

    def paint_all(self, painter: QPainter, targets: Sequence[Target]) -> None:
        """Labels and proposals that nothing is happening to: one call for each colour, then their tags."""
        groups, tagged = self._grouped(targets)
        _paint_hatching(painter, tagged)
        _paint_lines(painter, groups, LINE)
        self._paint_tags(painter, tagged)

    def paint_many(self, painter: QPainter, targets: Sequence[Target]) -> None:
        """Several that are selected or moved together: bold with a white core, without handles."""
        groups, tagged = self._grouped(targets)
        _paint_hatching(painter, tagged)
        _paint_lines(painter, groups, BOLD)
        painter.setPen(_pen(CORE_COLOUR, 1.0))
        for edges in groups.values():
            painter.drawLines(edges)
        self._paint_tags(painter, tagged)

    def paint_one(self, painter: QPainter, target: Target, *, filled: bool, handles: bool) -> None:
        """A label or proposal that is held, selected or under the cursor: bold, with its tag."""
        groups, tagged = self._grouped((target,))
        _paint_hatching(painter, tagged)
        for tag, rect in tagged:
            if filled:
                veil = QColor(tag.colour)
                veil.setAlpha(FILL_ALPHA)
                painter.fillRect(q_rect(rect), veil)
            _paint_lines(painter, groups, BOLD)
            if handles:
                _paint_handles(painter, rect)
            self._paint_tag(painter, tag, rect)

    def _grouped(self, targets: Sequence[Target]) -> tuple[Groups, list[tuple[Tag, XYXY]]]:
        """What shows of them: the edges that are drawn with one pen, and what each box is called."""
        groups: Groups = defaultdict(list)
        tagged: list[tuple[Tag, XYXY]] = []
        if targets:
            which, placed = self.rects(np.array([target.xyxy for target in targets], dtype=float))
            for index, (xmin, ymin, xmax, ymax) in zip(which.tolist(), placed.tolist(), strict=True):
                tag = self.tag_of(targets[index])
                pen = (tag.colour, DASHES if tag.is_proposal else DOTS if tag.is_area else ())
                groups[pen] += _edges(xmin, ymin, xmax, ymax)
                tagged.append((tag, (xmin, ymin, xmax, ymax)))
        return groups, tagged

    def _paint_tags(self, painter: QPainter, tagged: Sequence[tuple[Tag, XYXY]]) -> None:
        """Of all boxes that are not too small for one, and that do not lie around the whole view."""
        width, height = self.viewport.widget
        for tag, rect in tagged:
            is_around = rect[0] < 0 and rect[1] < 0 and rect[2] > width and rect[3] > height
            is_large = rect[2] - rect[0] >= LEAST_FOR_TAG[0] and rect[3] - rect[1] >= LEAST_FOR_TAG[1]
            if is_large and not is_around:
                self._paint_tag(painter, tag, rect)

    def _paint_tag(self, painter: QPainter, tag: Tag, rect: XYXY) -> None:
        if tag.name:
            self.tags.paint(painter, tag, place_tag(rect, self.tags.size(tag), self.view))


def q_rect(xyxy: XYXY) -> QRectF:
    return QRectF(xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1])


def paint_crosshair(painter: QPainter, x: float, y: float, picture: XYXY) -> None:
    """Lines through a point, over the whole picture; all in widget px."""
    xmin, ymin, xmax, ymax = picture
    lines = [QLineF(xmin, y, xmax, y), QLineF(x, ymin, x, ymax)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for colour, width in ((CROSS_HALO, 3.0), (CROSS_COLOUR, 1.0)):
        painter.setPen(_pen(colour, width))
        painter.drawLines(lines)


def paint_band(painter: QPainter, rect: XYXY, accent: QColor) -> None:
    """A rubber band, in widget px."""
    veil = QColor(accent)
    veil.setAlpha(BAND_ALPHA)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(q_rect(rect), veil)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((CROSS_HALO, 3.0), (CORE_COLOUR, 1.0)):
        painter.setPen(_pen(colour, width))
        painter.drawRect(q_rect(rect))


def _paint_lines(painter: QPainter, groups: Groups, width: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (colour, _), edges in groups.items():  # opaque, and lines instead of rectangles: Qt's fast paths
        painter.setPen(_pen(QColor(colour).darker(HALO_DARKER), width + 2 * HALO))
        painter.drawLines(edges)
    for (colour, dashes), edges in groups.items():
        painter.setPen(_pen(QColor(colour), width, dashes))
        painter.drawLines(edges)


def _paint_hatching(painter: QPainter, tagged: Sequence[tuple[Tag, XYXY]]) -> None:
    """Over areas to ignore, so that what is in them looks set aside; light and dark, to show on any picture."""
    for tag, rect in tagged:
        if tag.is_area:
            for colour, shift in HATCH:
                painter.setBrushOrigin(QPointF(shift, 0.0))
                painter.fillRect(q_rect(rect), QBrush(colour, Qt.BrushStyle.BDiagPattern))
            painter.setBrushOrigin(QPointF(0.0, 0.0))


def _edges(xmin: float, ymin: float, xmax: float, ymax: float) -> tuple[QLineF, QLineF, QLineF, QLineF]:
    return (
        QLineF(xmin, ymin, xmax, ymin),
        QLineF(xmin, ymax, xmax, ymax),
        QLineF(xmin, ymin, xmin, ymax),
        QLineF(xmax, ymin, xmax, ymax),
    )


def _paint_handles(painter: QPainter, rect: XYXY) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(_pen(HANDLE_LINE, 1.0))
    painter.setBrush(HANDLE_COLOUR)
    squares = []
    for sides in HANDLES:
        length = rect[2] - rect[0] if sides in (Side.TOP, Side.BOTTOM) else rect[3] - rect[1]
        if is_corner(sides) or length >= LEAST_FOR_MIDDLE:
            x, y = handle_at(rect, sides)
            squares.append(QRectF(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE))
    painter.drawRects(squares)


def _pen(colour: QColor, width: float, dashes: Sequence[float] = ()) -> QPen:
    """dashes in widths of the pen; none for a solid line."""
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    pen.setCapStyle(Qt.PenCapStyle.SquareCap)  # closes the corners
    if dashes:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(list(dashes))
    return pen
