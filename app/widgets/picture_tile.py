"""A picture with boxes in a tile: as large as fits, boxes in the colours of their classes."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.words import count
from model.records.preview import Picture, PreviewBox

LINE, HALO = 2.0, 4.0  # px
DASHES = (3.0, 2.5)  # in widths of the line
NOT_LEARNED = QColor(205, 210, 216)
HALO_COLOUR = QColor(0, 0, 0, 110)
RADIUS = 4.0


class PictureTile(QWidget):
    """Empty until it is given a picture. What is not learned is dashed and grey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._whole = QPixmap()
        self._scaled = QPixmap()  # to device px of the tile
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def picture(self) -> Picture | None:
        return self._picture

    def show_picture(self, picture: Picture | None) -> None:
        self._picture = picture
        self._whole = QPixmap() if picture is None else _pixmap(picture)
        self._scaled = QPixmap()
        self.setToolTip("" if picture is None else _in_words(picture))
        self.setAccessibleName("" if picture is None else _in_words(picture))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Dark))
        painter.drawRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        if self._picture is None:
            return
        place = self._place(self._picture)
        painter.drawPixmap(place.topLeft(), self._at(place.size().toSize()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setClipRect(place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        scale = place.width() / self._picture.width
        # what is learned is drawn last: it is what one looks for
        for box in sorted(self._picture.boxes, key=lambda box: not box.note):
            _paint_box(painter, box, place.topLeft(), scale)

    def _place(self, picture: Picture) -> QRectF:
        """Where the picture lies in the tile, in whole px."""
        scale = min(self.width() / picture.width, self.height() / picture.height)
        width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        return QRectF((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    def _at(self, size: QSize) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._scaled.size() != size * ratio:
            self._scaled = self._whole.scaled(
                size * ratio,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled.setDevicePixelRatio(ratio)
        return self._scaled


def _pixmap(picture: Picture) -> QPixmap:
    image = QImage(picture.rgb, picture.width, picture.height, 3 * picture.width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)


def _paint_box(painter: QPainter, box: PreviewBox, origin: QPointF, scale: float) -> None:
    xmin, ymin, xmax, ymax = (value * scale for value in box.xyxy)
    inset = LINE / 2  # the line lies within, or the picture's edge would hide it
    width, height = max(1.0, xmax - xmin - LINE), max(1.0, ymax - ymin - LINE)
    rect = QRectF(origin.x() + xmin + inset, origin.y() + ymin + inset, width, height)
    pen = QPen(NOT_LEARNED if box.note else QColor(box.colour), LINE)
    if box.note:
        pen.setDashPattern(DASHES)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    for each in (QPen(HALO_COLOUR, HALO), pen):
        painter.setPen(each)
        painter.drawRect(rect)


def _in_words(picture: Picture) -> str:
    """ "a.jpg", and on a second line "4 boxes: 3 nut, 1 bolt (ignored)"."""
    counts = Counter(f"{box.name} ({box.note})" if box.note else box.name for box in picture.boxes)
    boxes = ", ".join(f"{number} {name}" for name, number in counts.most_common())
    return f"{picture.path}\n{count(len(picture.boxes), 'box', 'boxes')}{f': {boxes}' if boxes else ''}"
