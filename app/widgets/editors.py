"""Editors for the types that a dataclass's field may have. Each shows a value and emits a changed one."""

from __future__ import annotations

import typing
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QPalette, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from app.widgets.field import Field, in_words, is_pair, may_be_none, numbers_in_words, numbers_of
from app.widgets.number_box import NumberBox
from app.widgets.wheel import wheel_needs_focus

NUMBER_WIDTH = 104  # px: of a number with its arrows, the same in every row


class Editor(QWidget):
    """Emits a value once it is chosen or typed, and never when one is shown."""

    committed = Signal(object)
    refused = Signal(str)  # a sentence: what was typed is no value; "" takes it back

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(6)

    def show_value(self, value: Any) -> None:
        raise NotImplementedError

    def offer(self, values: tuple[str, ...]) -> None:
        """Let only these be chosen, where the value is a choice."""

    def _add(self, widget: QWidget, name: str = "") -> None:
        """A part of the editor; the first has the keyboard when the editor is given it."""
        title, option = name or self._field.option.title, self._field.option
        widget.setAccessibleName(f"{title}, {option.unit}" if option.unit else title)
        widget.setAccessibleDescription(option.help)
        if self.focusProxy() is None:
            self.setFocusProxy(widget)
        self._line.addWidget(widget)

    def _add_number(self, usual: float, is_whole: bool = False, name: str = "") -> NumberBox:
        box = NumberBox(self._field.option, usual, is_whole, self._field.step, self)
        box.setFixedWidth(NUMBER_WIDTH)
        box.setToolTip(self._field.option.range_in_words.capitalize())
        box.refused.connect(self.refused)
        self._add(box, name)
        return box

    def _add_words(self, text: str) -> QLabel:
        words = QLabel(text, self)
        words.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._line.addWidget(words)
        return words


class NumberEditor(Editor):
    """int, float"""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._number = self._add_number(field.default, field.kind is int)
        self._add_words(field.option.unit)
        self._line.addStretch(1)
        self._number.committed.connect(self.committed)

    def show_value(self, value: float) -> None:
        self._number.set_value(value)


class OptionalNumberEditor(Editor):
    """float | None: None while its box is not ticked."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._is_on = QCheckBox(self)
        self._add(self._is_on)
        self._number = self._add_number(field.when_on)
        self._add_words(field.option.unit)
        self._line.addStretch(1)
        self._number.setFixedWidth(NUMBER_WIDTH - self._is_on.sizeHint().width() - self._line.spacing())
        self._is_on.toggled.connect(self._number.setEnabled)
        self._is_on.clicked.connect(self._on_clicked)
        self._number.committed.connect(self.committed)
        self.show_value(field.default)

    def show_value(self, value: float | None) -> None:
        self._is_on.setChecked(value is not None)
        self._number.setEnabled(value is not None)
        if value is not None:
            self._number.set_value(value)

    def _on_clicked(self, is_on: bool) -> None:
        self.committed.emit(self._number.value() if is_on else None)


class PairEditor(Editor):
    """tuple[float, float]"""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        title = field.option.title
        self._low = self._add_number(field.default[0], name=f"{title}, from")
        self._add_words("to")
        self._high = self._add_number(field.default[1], name=f"{title}, to")
        for box in (self._low, self._high):
            box.setFixedWidth((NUMBER_WIDTH * 2 - 28) // 2)
        self._line.addStretch(1)
        self._low.committed.connect(self._on_committed)
        self._high.committed.connect(self._on_committed)

    def show_value(self, value: tuple[float, float]) -> None:
        self._low.set_value(value[0])
        self._high.set_value(value[1])

    def _on_committed(self, _: float) -> None:
        self.committed.emit((self._low.value(), self._high.value()))


class NumbersEditor(Editor):
    """tuple[float, ...]"""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._text = _Line(self)
        self._text.setPlaceholderText("none")
        self._text.setToolTip(f"Numbers {field.option.range_in_words}, with spaces between them")
        self._add(self._text)
        self._shown = ""
        self._text.editingFinished.connect(self._take)
        self._text.left.connect(lambda: self._text.setText(self._shown))

    def show_value(self, value: tuple[float, ...]) -> None:
        shown = numbers_in_words(value)
        if shown != self._shown:
            self._shown = shown
            self._text.setText(shown)

    def _take(self) -> None:
        text = self._text.text().strip()
        if text == self._shown:
            self.refused.emit("")
            return
        try:
            numbers = numbers_of(text)
            if flaw := self._field.option.flaw(numbers):
                raise ValueError(flaw)
        except ValueError as error:
            self.refused.emit(f"“{text}” is not taken: {str(error).replace('it', 'each', 1)}.")
            return
        self._shown = numbers_in_words(numbers)
        self._text.setText(self._shown)
        self.committed.emit(numbers)


class _Line(QLineEdit):
    left = Signal()  # after editingFinished

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class SwitchEditor(Editor):
    """bool"""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._box = QCheckBox(self)
        self._add(self._box)
        self._line.addStretch(1)
        self._box.clicked.connect(self._on_clicked)

    def show_value(self, value: bool) -> None:
        self._box.setChecked(value)

    def _on_clicked(self, is_on: bool) -> None:
        self.committed.emit(is_on)


class ChoiceEditor(Editor):
    """str, one of the option's choices."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._box = QComboBox(self)
        self._box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for row, value in enumerate(field.option.choices):
            self._box.addItem(in_words(field, value), value)
            words = field.wordings[value].words if value in field.wordings else ""
            self._box.setItemData(row, words or None, Qt.ItemDataRole.ToolTipRole)
        wheel_needs_focus(self._box)
        self._add(self._box)
        self._box.activated.connect(self._on_activated)

    def show_value(self, value: str) -> None:
        self._box.setCurrentIndex(self._box.findData(value))

    def offer(self, values: tuple[str, ...]) -> None:
        rows = self._box.model()
        assert isinstance(rows, QStandardItemModel)
        for row, value in enumerate(self._field.option.choices):
            rows.item(row).setEnabled(value in values)

    def _on_activated(self, row: int) -> None:
        self.committed.emit(self._box.itemData(row))


def editor_for(field: Field, parent: QWidget | None = None) -> Editor:
    """Raises TypeError for a type that no editor is for."""
    return _editor_class(field.kind)(field, parent)


def _editor_class(kind: Any) -> type[Editor]:
    if is_pair(kind):
        return PairEditor
    if typing.get_origin(kind) is tuple:
        return NumbersEditor
    if may_be_none(kind):
        return OptionalNumberEditor
    simple = {bool: SwitchEditor, int: NumberEditor, float: NumberEditor, str: ChoiceEditor}
    if kind not in simple:
        raise TypeError(f"there is no editor for {kind}")
    return simple[kind]
