"""What objects were taken for, as a grid of counts: a row is what is there, a column what was told."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.widgets.words import count
from model.records import Confusion

BACKGROUND = "background"
FAINTEST, STRONGEST = 0.08, 0.55  # opacity of a cell's ground, by its share of the row
SIDE_PX = 56  # the least width of a cell
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class ConfusionGrid(QTableView):
    """Right answers are in the accent's colour, wrong ones in that of errors; the numbers say which is which."""

    picked = Signal(
        int, int
    )  # positions of the class that is there and of the class told; the last: background

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Counts(self)
        self.setModel(self._model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setCornerButtonEnabled(False)
        self.setShowGrid(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.verticalHeader().setMinimumSectionSize(SIDE_PX // 2)
        self.horizontalHeader().setMinimumSectionSize(SIDE_PX)
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.setHighlightSections(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.setAccessibleName("What objects (rows) were taken for (columns)")

    def set_confusion(self, confusion: Confusion) -> None:
        self._model.set_confusion(confusion)

    def pick(self, truth: int, told: int) -> None:
        """As if this cell had been clicked."""
        index = self._model.index(truth, told)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.picked.emit(current.row(), current.column())


class _Counts(QAbstractTableModel):
    """The matrix as Qt's views read it. Colours are the view's palette's when they are asked for."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self._names: tuple[str, ...] = ()
        self._counts: tuple[tuple[int, ...], ...] = ()

    def set_confusion(self, confusion: Confusion) -> None:
        self.beginResetModel()
        self._names = (*confusion.names, BACKGROUND)
        self._counts = confusion.counts
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._names)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole:
            return self._names[section]
        if role == Role.FontRole and section == len(self._names) - 1:
            font = QFont(self._view.font())
            font.setItalic(True)  # it is no class
            return font
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        truth, told = index.row(), index.column()
        number = self._counts[truth][told]
        match role:
            case Role.DisplayRole:
                return f"{number:,}" if number else ""
            case Role.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignCenter
            case Role.ToolTipRole:
                return in_words(self._names, truth, told, number)
            case Role.BackgroundRole if number:
                share = number / sum(self._counts[truth])
                role_of = QPalette.ColorRole.Accent if truth == told else QPalette.ColorRole.BrightText
                colour = QColor(self._view.palette().color(role_of))
                colour.setAlphaF(FAINTEST + (STRONGEST - FAINTEST) * share)
                return colour
        return None


def in_words(names: tuple[str, ...], truth: int, told: int, number: int) -> str:
    """A cell as a sentence."""
    nothing = len(names) - 1
    if truth == told:
        return "" if truth == nothing else f"{count(number, 'box', 'boxes')} of {names[truth]}, found as such"
    if told == nothing:
        return f"{count(number, 'box', 'boxes')} of {names[truth]}, missed"
    if truth == nothing:
        return f"{names[told]} told {count(number, 'time')} where no box is"
    return f"{count(number, 'box', 'boxes')} of {names[truth]}, taken for {names[told]}"
