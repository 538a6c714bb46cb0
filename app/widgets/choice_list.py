"""A few choices below each other, one of them on, each with a number: the filter of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from app.widgets.icons import icon
from app.widgets.list_view import RADIUS

ICON = 16  # px


class ChoiceList(QWidget):
    """Choices are (name, text, icon). Setting what is chosen already emits nothing."""

    chosen = Signal(str)  # name

    def __init__(self, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, _Choice] = {}
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        for name, text, icon_name in choices:
            button = _Choice(text, icon_name, self)
            self._buttons[name] = button
            group.addButton(button)
            layout.addWidget(button)
            button.toggled.connect(lambda on, name=name: self.chosen.emit(name) if on else None)
        next(iter(self._buttons.values())).setChecked(True)

    def choice(self) -> str:
        return next(name for name, button in self._buttons.items() if button.isChecked())

    def choose(self, name: str) -> None:
        self._buttons[name].setChecked(True)

    def set_numbers(self, numbers: Mapping[str, int]) -> None:
        for name, number in numbers.items():
            self._buttons[name].set_number(number)


class _Choice(QAbstractButton):
    def __init__(self, text: str, icon_name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = 0
        self.setText(text)
        self.setIcon(icon(icon_name, QPalette.ColorRole.PlaceholderText))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_number(self, number: int) -> None:
        if number != self._number:
            self._number = number
            self.setAccessibleName(f"{self.text()} {number:,}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(140, self.fontMetrics().height() + 10)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(palette.color(QPalette.ColorRole.Accent) if self.hasFocus() else Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        elif self.underMouse():
            hint = QColor(palette.color(QPalette.ColorRole.Text))
            hint.setAlphaF(0.06)
            painter.setBrush(hint)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        left = 8.0
        self.icon().paint(painter, round(left), round(area.center().y() - ICON / 2), ICON, ICON)
        font = painter.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        text_area = area.adjusted(left + ICON + 8, 0, -10, 0)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if not self.isChecked():
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        number = f"{self._number:,}"
        painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        painter.end()
