"""All keys on one card. What it shows is given to it: the action tables are the only list of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

MOST_KEYS = 4  # shown of one row; of more, the first and the last
COLUMNS = 3
SCALE = 0.92  # of the system's font size: all keys at a glance, also in a small window
ARROWS = {
    "Left": "←",
    "Right": "→",
    "Up": "↑",
    "Down": "↓",
    "Return": "Enter",
    "Space": "Space",
    "Backtab": "Tab",
}


@dataclass(frozen=True, slots=True)
class CardRow:
    """keys as QKeySequence writes them, or the words for what a mouse does."""

    keys: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CardSection:
    title: str
    rows: tuple[CardRow, ...]


class KeyCard(QDialog):
    """Stays open beside the work, if wanted; closes with Esc or with the key that opened it."""

    def __init__(self, sections: Sequence[CardSection], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys – Fovea")
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SCALE)
        self.setFont(font)
        body = QWidget(self)
        columns = QHBoxLayout(body)
        columns.setContentsMargins(16, 14, 16, 16)
        columns.setSpacing(22)
        for part in _in_columns(sections):
            column = QVBoxLayout()
            column.setSpacing(18)
            for section in part:
                column.addLayout(_section(section))
            column.addStretch(1)
            columns.addLayout(column, 1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        room = parent.size()
        hint = body.sizeHint()
        self.resize(min(hint.width() + 24, room.width() - 40), min(hint.height() + 8, room.height() - 60))


def caps(keys: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Each key as the caps to press together: "Ctrl+Shift+Z" -> ("Ctrl", "Shift", "Z").

    Caps that several keys begin with stand there once: Ctrl, then the four arrows.
    """
    shown = list(keys) if len(keys) <= MOST_KEYS else [keys[0], "…", keys[-1]]
    all_caps = tuple(dict.fromkeys(_caps(key) for key in shown))
    shared = all_caps[0][:-1]
    if len(all_caps) > 2 and shared and all(each[:-1] == shared for each in all_caps):
        return (shared, *((each[-1],) for each in all_caps))
    return all_caps


def _caps(key: str) -> tuple[str, ...]:
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) or key
    parts = native.removesuffix("+").split("+") + (["+"] if native.endswith("++") or native == "+" else [])
    return tuple(ARROWS.get(part, part) for part in parts if part)


def _in_columns(sections: Sequence[CardSection]) -> tuple[tuple[CardSection, ...], ...]:
    """The sections in their order, in columns of about one height."""
    heights = [len(section.rows) + 2 for section in sections]
    target = sum(heights) / COLUMNS
    columns: list[list[CardSection]] = [[]]
    filled = 0.0
    for section, height in zip(sections, heights, strict=True):
        if columns[-1] and filled + height / 2 > target and len(columns) < COLUMNS:
            columns.append([])
            filled = 0.0
        columns[-1].append(section)
        filled += height
    return tuple(tuple(column) for column in columns)


def _section(section: CardSection) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(5)
    grid.setHorizontalSpacing(10)
    title = QLabel(section.title)
    font = title.font()
    font.setBold(True)
    title.setFont(font)
    grid.addWidget(title, 0, 0, 1, 2)
    for number, row in enumerate(section.rows, 1):
        words = QLabel(row.text)
        words.setForegroundRole(QPalette.ColorRole.WindowText)
        grid.addLayout(_keys(row.keys), number, 0)
        grid.addWidget(words, number, 1)
    grid.setColumnStretch(1, 1)
    return grid


def _keys(keys: Sequence[str]) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(3)
    for number, together in enumerate(caps(keys)):
        if number and len(together) > 1:
            line.addSpacing(5)
        for cap in together:
            label = QLabel(cap)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setProperty("keycap", cap != "…")
            line.addWidget(label)
    line.addStretch(1)
    return line
