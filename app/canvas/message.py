"""What the canvas says where it has no picture to show: a sign, a sentence, a hint."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette

from app.widgets.icons import icon

SIGN = 56  # widget px
WIDEST = 560.0  # widget px of text
SPACE = 10.0
FLAGS = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWrapAnywhere)


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, never markup: it may hold the name of a file."""

    title: str
    hint: str = ""
    sign: str = ""  # QtAwesome's name of an icon

    def paint(self, painter: QPainter, area: QRectF, font: QFont, palette: QPalette) -> None:
        """In the middle of an area of the widget, a little above its centre."""
        large = QFont(font)
        large.setPointSizeF(font.pointSizeF() * 1.35 if font.pointSizeF() > 0 else 14.0)
        width = max(1.0, min(WIDEST, area.width() - 2 * SPACE))
        title = _text_area(large, self.title, width)
        hint = _text_area(font, self.hint, width) if self.hint else QRectF()
        height = title.height()
        height += SIGN + SPACE if self.sign else 0.0
        height += hint.height() + SPACE if self.hint else 0.0
        left = area.center().x() - width / 2
        top = max(area.top() + SPACE, area.top() + (area.height() - height) * 0.45)
        if self.sign:
            sign = QRectF(area.center().x() - SIGN / 2, top, SIGN, SIGN)
            icon(self.sign, QPalette.ColorRole.PlaceholderText).paint(painter, sign.toRect())
            top += SIGN + SPACE
        painter.setFont(large)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(QRectF(left, top, width, title.height()), FLAGS, self.title)
        if self.hint:
            top += title.height() + SPACE
            painter.setFont(font)
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(QRectF(left, top, width, hint.height()), FLAGS, self.hint)


def _text_area(font: QFont, text: str, width: float) -> QRectF:
    return QFontMetricsF(font).boundingRect(QRectF(0.0, 0.0, width, 10_000.0), FLAGS, text)
