"""Type the name of a class, in place: a line, and the names that fit it. Gone with Enter or Esc."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.widgets.icons import icon
from model.records import LabelClass

WIDTH = 230  # px
ROWS = 8  # in view; the others can be scrolled to
SWATCH = 12  # px
AWAY = 14  # px from the place it is asked for at, so that it does not hide it
RADIUS = 8.0  # px
NAME = Qt.ItemDataRole.UserRole
COMMANDS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
STAYS = {  # the keyboard went to another window or to a menu, and will come back
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
}
STYLE = """
QLineEdit { border: none; background: transparent; padding: 3px 2px; }
QListWidget { border: none; background: transparent; outline: 0; }
QListWidget::item { border-radius: 5px; padding: 3px 4px; color: palette(text); }
QListWidget::item:hover { background: palette(midlight); }
QListWidget::item:selected { background: palette(highlight); color: palette(highlighted-text); }
"""


class ClassPalette(QFrame):
    """Hidden until it is asked. Whoever hears `chosen` calls done, or refuse with the reason."""

    chosen = Signal(str)  # a name of the list, or a new one
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._classes: tuple[LabelClass, ...] = ()
        self.line = QLineEdit(self)
        self.names = QListWidget(self)
        self._problem = QLabel(self)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setForegroundRole(QPalette.ColorRole.BrightText)
        self.line.setFrame(False)
        self.line.setAccessibleName("Name of the class")
        self.names.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # without these, a click in here would give the keyboard to the parent
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.line)
        self.names.setIconSize(QSize(SWATCH, SWATCH))
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.names.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setStyleSheet(STYLE)
        self.setFixedWidth(WIDTH)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 5, 8, 7)
        self._layout.setSpacing(4)
        for widget in (self.line, self._problem, self.names):
            self._layout.addWidget(widget)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 4)
        shadow.setColor(QColor(0, 0, 0, 120))
        self.setGraphicsEffect(shadow)
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.names.itemClicked.connect(self._on_clicked)
        self.hide()

    def ask(self, classes: Sequence[LabelClass], place: QPoint, current: str = "") -> None:
        """Open beside a place of the parent. current is what Enter chooses while nothing is typed."""
        self._classes = tuple(classes)
        self.line.setPlaceholderText("Find a class, or add one" if classes else "What is it? Name its class")
        self.line.clear()
        self._fill("")
        for row in range(self.names.count()):
            if self.names.item(row).data(NAME) == current:
                self.names.setCurrentRow(row)
        self._move_to(place)
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    def done(self) -> None:
        """The name was taken: close, and give the keyboard back."""
        had_focus = self.line.hasFocus()
        self.hide()
        if had_focus:
            self._ground.setFocus(Qt.FocusReason.PopupFocusReason)

    def refuse(self, reason: str) -> None:
        """The name cannot be taken; say why, and let the person mend it."""
        self._problem.setText(reason)
        self._problem.show()
        self._fit()

    def cancel(self) -> None:
        if self.is_open:
            self.done()
            self.cancelled.emit()

    # ------------------------------------------------------------------------------------------ keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.modifiers() & COMMANDS:
                event.accept()  # typed here: no shortcut of the window may take it
            return False
        is_leaving = isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in STAYS
        if is_leaving and self.isVisible():
            self.cancel()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.cancel()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.names.currentItem())
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Tab):
            self._step(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Backtab):
            self._step(-1)
        else:
            return False
        return True

    def _step(self, step: int) -> None:
        if self.names.count():
            self.names.setCurrentRow((self.names.currentRow() + step) % self.names.count())

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._choose(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(NAME))

    # ------------------------------------------------------------------------------------------ the names

    def _fill(self, typed: str) -> None:
        """The names that fit, those that begin with what was typed first; at the end, the new one."""
        typed = " ".join(typed.split())
        key = typed.casefold()
        begin = [c for c in self._classes if c.name.casefold().startswith(key)]
        within = [c for c in self._classes if key in c.name.casefold() and c not in begin]
        self._problem.hide()
        self.names.clear()
        for label_class in (*begin, *within):
            self._add(label_class.name, label_class.name, swatch(label_class.colour))
        if typed and all(c.name != typed for c in self._classes):
            self._add(f"New class “{typed}”", typed, icon("mdi6.plus", QPalette.ColorRole.PlaceholderText))
        exact = next((i for i, c in enumerate((*begin, *within)) if c.name == typed), None)
        if exact is not None:
            self.names.setCurrentRow(exact)
        elif self.names.count():
            self.names.setCurrentRow(0 if begin else self.names.count() - 1)
        self._fit()

    def _add(self, text: str, name: str, sign: QIcon) -> None:
        item = QListWidgetItem(sign, text)
        item.setData(NAME, name)
        item.setToolTip(name)
        self.names.addItem(item)

    def _fit(self) -> None:
        """As high as there are names, and inside the parent."""
        rows = min(self.names.count(), ROWS)
        self.names.setVisible(rows > 0)
        if rows:
            self.names.setFixedHeight(rows * self.names.sizeHintForRow(0) + 2)
        self._layout.activate()
        self.resize(WIDTH, self.sizeHint().height())
        self._move_inside(self.pos())

    def _move_to(self, place: QPoint) -> None:
        self._move_inside(place + QPoint(AWAY, AWAY))

    def _move_inside(self, corner: QPoint) -> None:
        room = self._ground.rect().adjusted(4, 4, -4, -4)
        x = max(room.left(), min(corner.x(), room.right() - self.width()))
        y = max(room.top(), min(corner.y(), room.bottom() - self.height()))
        self.move(x, y)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()


def swatch(colour: str) -> QIcon:
    """A square in the colour of a class, drawn large enough for any screen."""
    pixmap = QPixmap(4 * SWATCH, 4 * SWATCH)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0.0, 0.0, 4.0 * SWATCH, 4.0 * SWATCH), SWATCH, SWATCH)
    painter.end()
    return QIcon(pixmap)
