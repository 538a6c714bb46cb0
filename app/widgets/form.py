"""A form made from the fields of a frozen dataclass: each with its help, its range and what it differs from."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.widgets.editors import editor_for
from app.widgets.field import Field, differing, in_words, part, with_part, with_parts_of
from app.widgets.icons import icon
from app.widgets.prose import Prose

EDITOR_WIDTH = 208  # px
MARK_WIDTH = 8  # px
SMALL = 0.9  # of the font's size


class Form(QWidget):
    """Shows a value beside the one it is compared with. A change is asked of whoever listens, who shows it.

    set_value() must have been called before it is seen.
    """

    changed = Signal(object)  # the value as it would be

    def __init__(self, fields: Sequence[Field], parent: QWidget | None = None) -> None:
        """Fields of one group stand together under its name."""
        super().__init__(parent)
        self._value: Any = None
        self._compared: Any = None
        self._rows: dict[str, _Row] = {}
        self._headings: dict[str, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 10, 12)
        layout.setSpacing(2)
        for group, members in groupby(fields, key=lambda field: field.option.group):
            layout.addWidget(self._heading(group))
            for field in members:
                row = self._rows[field.name] = _Row(field, self)
                row.committed.connect(self._on_committed)
                row.put_back.connect(self._on_put_back)
                layout.addWidget(row)
        layout.addStretch(1)

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(row.field for row in self._rows.values())

    def set_value(self, value: Any, compared: Any) -> None:
        """Show a value, and mark where it differs from another."""
        self._value, self._compared = value, compared
        for name, row in self._rows.items():
            row.show_value(part(value, name), part(compared, name))

    def differing(self) -> tuple[Field, ...]:
        """The fields that are marked."""
        return differing(self._value, self._compared, self.fields)

    def put_back(self) -> None:
        """Ask for every field as it is in what the value is compared with."""
        for row in self._rows.values():
            row.set_refusal("")
        self._ask(with_parts_of(self._value, self._compared, self.fields))

    def show_only(self, names: Collection[str]) -> None:
        """Hide the rows of all other fields, and the headings that have none left. What was refused is over."""
        for name, row in self._rows.items():
            row.set_refusal("")
            row.setVisible(name in names)
        shown = {row.field.option.group for name, row in self._rows.items() if name in names}
        for group, heading in self._headings.items():
            heading.setVisible(group in shown)

    def offer(self, name: str, values: tuple[str, ...]) -> None:
        """Let only these be chosen for a field."""
        self._rows[name].editor.offer(values)

    def set_flaw(self, sentence: str) -> bool:
        """Say what is wrong with the value at the fields that the sentence names; whether it names any.

        It names a field by its name in the code: as its first word, or anywhere if it could be no other word.
        """
        first, *others = re.findall(r"\w+", sentence) or [""]
        names = {first, *(word for word in others if "_" in word)}
        named = [row for row in self._rows.values() if row.field.own_name in names]
        for row in self._rows.values():
            row.set_flaw(sentence if row in named else "")
        return bool(named)

    def _heading(self, group: str) -> QLabel:
        heading = self._headings[group] = QLabel(group, self)
        font = heading.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.15)
        heading.setFont(font)
        heading.setContentsMargins(MARK_WIDTH + 6, 14, 0, 4)
        return heading

    def _on_committed(self, name: str, value: Any) -> None:
        self._ask(with_part(self._value, name, value))

    def _on_put_back(self, name: str) -> None:
        self._ask(with_part(self._value, name, part(self._compared, name)))

    def _ask(self, value: Any) -> None:
        if value != self._value:
            self.changed.emit(value)
        self.set_value(self._value, self._compared)  # what has not been taken is not shown


class _Row(QWidget):
    """Title and help on the left, the editor on the right, and below what is wrong."""

    committed = Signal(str, object)  # name, value
    put_back = Signal(str)  # name

    def __init__(self, field: Field, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = field
        self._refusal, self._flaw = "", ""
        self._is_own = False
        self._mark = QLabel(self)
        self._title = QLabel(field.option.title, self)
        self.editor = editor_for(field, self)
        self._back = QToolButton(self)
        self._wrong = Prose(self)
        self._build()
        self.editor.committed.connect(self._on_committed)
        self.editor.refused.connect(self.set_refusal)
        self._back.clicked.connect(self._on_back)

    def _build(self) -> None:
        self._title.setBuddy(self.editor)
        self._mark.setForegroundRole(QPalette.ColorRole.Accent)
        self._mark.setFixedWidth(MARK_WIDTH)
        dot = self._mark.font()
        dot.setPointSizeF(dot.pointSizeF() * 0.6)
        self._mark.setFont(dot)
        name = QLabel(self.field.own_name, self)
        name.setToolTip("Its name in the code and on the command line")
        help = Prose(self, muted=True)
        help.setText(self.field.option.help)
        name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * SMALL)
        for small in (name, help, self._wrong):
            small.setFont(font)
        self._wrong.setForegroundRole(QPalette.ColorRole.BrightText)
        self._wrong.hide()
        self.editor.setFixedWidth(EDITOR_WIDTH)
        self._back.setIcon(icon("mdi6.restore"))
        self._back.hide()
        self._back.setAccessibleName(f"Put back {self.field.option.title}")
        policy = self._back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._back.setSizePolicy(policy)
        titles = QHBoxLayout()
        titles.setSpacing(8)
        titles.addWidget(self._title)
        titles.addWidget(name)
        titles.addStretch(1)
        top = Qt.AlignmentFlag.AlignTop
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 5, 0, 5)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._mark, 0, 0)
        grid.addLayout(titles, 0, 1)
        grid.addWidget(help, 1, 1)
        grid.addWidget(self.editor, 0, 2, 2, 1, top)
        grid.addWidget(self._back, 0, 3, 2, 1, top)
        grid.addWidget(self._wrong, 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_value(self, value: Any, compared: Any) -> None:
        self.editor.show_value(value)
        is_own = value != compared
        self._back.setToolTip(f"Back to {in_words(self.field, compared)}")
        if is_own is self._is_own:
            return
        self._is_own = is_own
        font = self._title.font()
        font.setBold(is_own)
        self._title.setFont(font)
        self._mark.setText("●" if is_own else "")
        if not is_own and self._back.hasFocus():
            self.editor.setFocus()  # not the next row's, when the button that has it goes
        self._back.setVisible(is_own)

    def set_refusal(self, sentence: str) -> None:
        """What was typed is no value of this field."""
        self._refusal = sentence
        self._show_wrong()

    def set_flaw(self, sentence: str) -> None:
        """The value contradicts another."""
        self._flaw = sentence
        self._show_wrong()

    def _show_wrong(self) -> None:
        sentence = self._refusal or (f"{self._flaw.rstrip('.')}." if self._flaw else "")
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
        self._wrong.setAccessibleName(sentence)

    def _on_committed(self, value: Any) -> None:
        self.set_refusal("")
        self.committed.emit(self.field.name, value)

    def _on_back(self) -> None:
        self.set_refusal("")
        self.put_back.emit(self.field.name)
