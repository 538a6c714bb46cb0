"""A row of the list of proposals: a dashed swatch, the class, the score as a number and as a length."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

SWATCH = 11  # px
BAR = 44  # px: a score of 1


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """colour is the class's; None where the project does not have the class yet."""

    name: str
    score: float
    colour: QColor | None


class ProposalDelegate(QStyledItemDelegate):
    """Paints a ProposalRow, given as Qt.UserRole."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, option.fontMetrics.height() + 8)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row: ProposalRow = index.data(Qt.ItemDataRole.UserRole)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        text = palette.color(role)
        faint = QColor(text)
        faint.setAlphaF(0.45)
        area = QRectF(option.rect).adjusted(6, 0, -8, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Highlight))
        swatch = QRectF(area.left(), area.center().y() - SWATCH / 2, SWATCH, SWATCH)
        painter.setPen(QPen(row.colour or faint, 2, Qt.PenStyle.DashLine))
        painter.drawRect(swatch)
        metrics = QFontMetrics(option.font)
        number = f"{row.score:.2f}"
        number_width = metrics.horizontalAdvance("0.00")
        bar = QRectF(area.right() - BAR, area.center().y() - 2, BAR, 4)
        score = QRectF(bar.left() - number_width - 8, area.top(), number_width, area.height())
        name = QRectF(swatch.right() + 8, area.top(), score.left() - swatch.right() - 16, area.height())
        painter.setFont(option.font)
        painter.setPen(text)
        elided = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, int(name.width()))
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        painter.drawText(score, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        self._paint_bar(painter, bar, row.score, text, faint)
        painter.restore()

    @staticmethod
    def _paint_bar(painter: QPainter, bar: QRectF, score: float, full: QColor, faint: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        empty = QColor(faint)
        empty.setAlphaF(0.2)
        painter.setBrush(empty)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(QColor(full.red(), full.green(), full.blue(), 190))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * score, bar.height()), 2, 2)
