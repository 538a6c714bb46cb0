"""The wheel scrolls what a field stands in; it turns the field itself only once that was clicked or tabbed to."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


def wheel_needs_focus(*fields: QComboBox | QAbstractSpinBox) -> None:
    """Let the wheel over these pass on to what they stand in, unless they have the keyboard focus."""
    for field in fields:
        field.setFocusPolicy(
            Qt.FocusPolicy.StrongFocus
        )  # WheelFocus would take the focus with the first notch
        field.installEventFilter(_WheelFilter(field))


class _WheelFilter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # so that Qt offers it to the parent
            return True
        return False
