"""What the canvas says where it has no picture to show: a sign, a sentence, a hint."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextLayout, QTextOption

from app.widgets.icons import icon

SIGN = 56  # widget px
WIDEST = 560.0  # widget px of text
SPACE = 10.0
LARGE = 1.35  # times the font's size


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, never markup: it may hold the name of a file."""

    sign: str  # QtAwesome's name of an icon
    title: str
    hint: str

    def paint(self, painter: QPainter, area: QRectF, font: QFont, palette: QPalette) -> None:
        """In the middle of an area of the widget, a little above its centre."""
        large = QFont(font)
        large.setPointSizeF(font.pointSizeF() * LARGE if font.pointSizeF() > 0 else 14.0)
        width = max(1.0, min(WIDEST, area.width() - 2 * SPACE))
        title, hint = laid_out(self.title, large, width), laid_out(self.hint, font, width)
        title_height = title.boundingRect().height()
        height = SIGN + 2 * SPACE + title_height + hint.boundingRect().height()
        left = area.center().x() - width / 2
        top = max(area.top() + SPACE, area.top() + (area.height() - height) * 0.45)
        place = QRectF(area.center().x() - SIGN / 2, top, SIGN, SIGN)
        icon(self.sign, QPalette.ColorRole.PlaceholderText).paint(painter, place.toRect())
        top += SIGN + SPACE
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        title.draw(painter, QPointF(left, top))
        top += title_height + SPACE
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        hint.draw(painter, QPointF(left, top))


def laid_out(text: str, font: QFont, width: float) -> QTextLayout:
    """Plain text in centred lines, broken between words, or (a long path) inside one."""
    option = QTextOption(Qt.AlignmentFlag.AlignHCenter)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0.0, height))
        height += line.height()
    layout.endLayout()
    return layout
