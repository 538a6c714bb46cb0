"""Who gets a key: the action whose shortcut it is, or the widget that has the focus.

Most shortcuts are single keys, so Qt's own rules are not enough: Enter in a search field is no verdict on a
proposal, and Space on a button that was reached with Tab presses that button.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from app.actions.table import ActionTable

Key = Qt.Key
COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
SIDEWAYS = {Key.Key_Left, Key.Key_Right}
UP_AND_DOWN = {Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End}
TABS = {Key.Key_Tab, Key.Key_Backtab}


def keeps(widget: QWidget | None, canvas: QWidget, key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether the widget with the focus needs this key for itself."""
    if isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox):
        return not modifiers & COMMANDS and not Key.Key_F1 <= key <= Key.Key_F35
    if modifiers & COMMANDS or widget is None:
        return False
    if (
        key in TABS
    ):  # cycles boxes where pictures are worked on, and goes through the widgets where it always did
        return not (widget is canvas or widget.isWindow() or isinstance(widget, QAbstractItemView))
    if isinstance(widget, QAbstractItemView):
        return key in UP_AND_DOWN
    if isinstance(widget, QComboBox):
        return key in UP_AND_DOWN or key == Key.Key_Space
    if isinstance(widget, QAbstractButton):
        return key == Key.Key_Space
    if isinstance(widget, QAbstractSlider | QTabBar):
        return key in UP_AND_DOWN | SIDEWAYS
    return False


class KeyRouter(QObject):
    """Watches the keys that reach the window, its floating panels and the canvas.

    Space is both a shortcut and, held while dragging, the canvas's way to pan. So with the focus on the
    canvas the action waits until the key is let go, and is not run when the mouse was pressed meanwhile.
    """

    def __init__(self, table: ActionTable, canvas: QWidget) -> None:
        super().__init__(table)
        self._table = table
        self._canvas = canvas
        self._space_is_down = False  # on the canvas, and no mouse button since
        canvas.installEventFilter(self)

    def watch(self, window: QWidget) -> None:
        """The main window, or a panel that may float as a window of its own."""
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return self._claim(event)
        if kind == QEvent.Type.MouseButtonPress and watched is self._canvas:
            self._space_is_down = False
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            self._let_go(watched, event)
        elif kind in (QEvent.Type.WindowDeactivate, QEvent.Type.FocusOut):
            self._space_is_down = False
            if kind == QEvent.Type.WindowDeactivate:
                self._release_all()
        return False

    def _claim(self, event: QKeyEvent) -> bool:
        """Accepted here, the key goes to the widget; ignored, Qt looks for a shortcut."""
        self._table.refresh_if_waiting()
        focus = QApplication.focusWidget()
        if focus is self._canvas and _is_space(event):
            if not event.isAutoRepeat():
                self._space_is_down = True
            event.accept()
            return True
        if keeps(focus, self._canvas, event.key(), event.modifiers()):
            event.accept()
            return True
        return False

    def _let_go(self, watched: QObject, event: QKeyEvent) -> None:
        if watched is self._canvas and _is_space(event):
            if self._space_is_down:
                self._space_is_down = False
                self._table["labels.done"].trigger()
            return
        for release in self._table.held(QKeySequence(event.key())):
            release()

    def _release_all(self) -> None:
        """The window lost the keyboard: a key that is held will be let go elsewhere."""
        for row in self._table.rows():
            for key in self._table[row.name].shortcuts() if row.release else ():
                for release in self._table.held(key):
                    release()


def _is_space(event: QKeyEvent) -> bool:
    return event.key() == Key.Key_Space and not event.modifiers()
