"""The pages of the measures dialog: numbers, curves with the scores that are best, what was taken for what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.widgets.confusion_grid import BACKGROUND, ConfusionGrid, in_words
from app.widgets.curve_chart import CurveChart, NamedCurve
from app.widgets.prose import Prose
from model.records import MEASURES, ClassMetrics, Evaluation, Threshold

ALL = "all classes"
LIST_PX = 210
NARROWEST_PX = 58  # of a column
ROW_GAP_PX = 5
COLUMNS: tuple[tuple[str, str], ...] = (
    ("Class", ""),
    ("Boxes", "Labelled boxes of the class in the images measured, without difficult ones"),
    ("AP", "Average precision over overlaps (IoU) from 0.50 to 0.95"),
    ("AP50", "Average precision where an overlap of half is enough (IoU 0.50)"),
    ("AP75", "Average precision where boxes must fit closely (IoU 0.75)"),
    ("AR100", "Average recall: the share of the objects found, over overlaps from 0.50 to 0.95"),
    ("VOC AP", "Pascal VOC's average precision, from 2010 on, at IoU 0.50"),
)


class NumbersPage(QWidget):
    """COCO's twelve measures and VOC's two with a sentence each, then each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measures = _table(("Measure", "", "What it says"), self)
        self.measures.horizontalHeader().setStretchLastSection(True)
        self.classes = _table([title for title, _ in COLUMNS], self)
        for column, (_, words) in enumerate(COLUMNS):
            header = self.classes.horizontalHeaderItem(column)
            assert header is not None
            header.setToolTip(words)
        layout = QVBoxLayout(self)
        layout.addWidget(self.measures, 5)
        layout.addWidget(self.classes, 2)

    def set_evaluation(self, evaluation: Evaluation) -> None:
        metrics = evaluation.metrics
        _fill(self.measures, [(m.title, number(getattr(metrics, m.name)), m.means) for m in MEASURES], {0, 2})
        bold = QFont(self.font())
        bold.setBold(True)
        for row in range(len(MEASURES)):
            value = self.measures.item(row, 1)
            if value is not None:
                value.setFont(bold)
        _fill(self.classes, [_class_row(c) for c in metrics.per_class], {0})


class CurvesPage(QWidget):
    """Precision over recall; the table beside it has each class's best score. Picking either picks the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = Prose(self, muted=True)
        self.about.setText(
            "Each curve goes from sure detections (left) to doubtful ones (right), at IoU 0.50. A dot is the score "
            "with the highest F1, which weighs both shares alike: keep what scores as high, leave out the rest. "
            "Click a curve or a row to see it alone."
        )
        self.chart = CurveChart(self)
        self.scores = _table(("Class", "Score", "Right", "Found", "F1"), self)
        self.scores.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.scores.currentCellChanged.connect(self._on_row_changed)
        self.chart.picked.connect(self._on_curve_picked)
        row = QHBoxLayout()
        row.addWidget(self.chart, 3)
        row.addWidget(self.scores, 2)
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addLayout(row, 1)

    def set_evaluation(self, evaluation: Evaluation, colour: Callable[[str], str]) -> None:
        """colour: of a class's name, "#rrggbb"."""
        best = {t.name: (t.recall, t.precision) for t in evaluation.thresholds}
        self.chart.set_curves(
            [
                NamedCurve(
                    c.name, colour(c.name), tuple(zip(c.recall, c.precision, strict=True)), best.get(c.name)
                )
                for c in evaluation.curves
            ]
        )
        rows = [_score_row(t) for t in evaluation.thresholds]
        found = {t.name for t in evaluation.thresholds}
        rows += [(c.name, "–", "–", "–", "–") for c in evaluation.curves if c.name not in found]
        if evaluation.threshold is not None:
            rows.insert(0, _score_row(evaluation.threshold))
        self.scores.blockSignals(True)  # filling moves the current row, which no one has picked
        _fill(self.scores, rows, {0})
        self.scores.setCurrentCell(-1, -1)
        self.scores.blockSignals(False)
        self.chart.pick_out("")

    def _on_row_changed(self, row: int, *_: int) -> None:
        item = self.scores.item(row, 0)
        self.chart.pick_out("" if item is None or item.text() == ALL else item.text())

    def _on_curve_picked(self, name: str) -> None:
        for item in self.scores.findItems(name, Qt.MatchFlag.MatchExactly):
            if item.column() == 0:
                self.scores.setCurrentItem(item)


class ConfusionPage(QWidget):
    """The grid, and the images behind the number that is picked: choosing one shows it in the window."""

    image_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = Prose(self, muted=True)
        self.grid = ConfusionGrid(self)
        self.cell = Prose(self)
        self.images = QListWidget(self)
        self.images.setFixedWidth(LIST_PX)
        self.images.setFrameShape(self.images.Shape.NoFrame)
        self.images.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.images.setAccessibleName("Images behind the number")
        self._evaluation: Evaluation | None = None
        self._file: Callable[[int], str] = str
        self.grid.picked.connect(self._on_picked)
        self.images.currentItemChanged.connect(self._choose)
        self.images.itemClicked.connect(self._choose)  # also the one that is chosen already
        side = QVBoxLayout()
        side.addWidget(self.cell)
        side.addWidget(self.images, 1)
        self.cell.setFixedWidth(LIST_PX)
        row = QHBoxLayout()
        row.addWidget(self.grid, 1)
        row.addLayout(side)
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addLayout(row, 1)

    def set_evaluation(self, evaluation: Evaluation, file: Callable[[int], str]) -> None:
        """file: the name of an image, or "" where it is no longer there."""
        self._evaluation, self._file = evaluation, file
        confusion = evaluation.confusion
        self.about.setText(
            f"A row is what is there, a column what was told, from a score of {confusion.score:.2f} on: the one that "
            "is best for all classes. Last column: missed. Last row: told where nothing is. Click a number for its "
            "images."
        )
        self.grid.set_confusion(confusion)
        self.cell.setText("")
        self.images.clear()

    def _on_picked(self, truth: int, told: int) -> None:
        if self._evaluation is None:
            return
        confusion = self._evaluation.confusion
        names = (*confusion.names, BACKGROUND)
        self.cell.setText(in_words(names, truth, told, confusion.counts[truth][told]))
        self.images.clear()
        for image in confusion.images[truth][told]:
            if name := self._file(image):
                item = QListWidgetItem(name)
                item.setData(Qt.ItemDataRole.UserRole, image)
                item.setToolTip(name)
                item.setSizeHint(QSize(0, self.images.fontMetrics().height() + ROW_GAP_PX))
                self.images.addItem(item)

    def _choose(self, item: QListWidgetItem | None, _: QListWidgetItem | None = None) -> None:
        if item is not None:
            self.image_chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _class_row(c: ClassMetrics) -> tuple[str, ...]:
    return (c.name, f"{c.boxes:,}", *map(number, (c.ap, c.ap50, c.ap75, c.ar100, c.voc_ap)))


def _score_row(t: Threshold) -> tuple[str, ...]:
    return (
        t.name or ALL, f"{t.score:.2f}", f"{100 * t.precision:.0f} %", f"{100 * t.recall:.0f} %", f"{t.f1:.2f}",
    )  # fmt: skip


def _table(head: Sequence[str], parent: QWidget) -> QTableWidget:
    table = QTableWidget(0, len(head), parent)
    table.setHorizontalHeaderLabels(list(head))
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setFrameShape(table.Shape.NoFrame)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setMinimumSectionSize(NARROWEST_PX)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + ROW_GAP_PX)
    return table


def _fill(table: QTableWidget, rows: Sequence[Sequence[str]], words: set[int]) -> None:
    """words: the columns that are text; the others are numbers, which end below each other."""
    for column in words:
        if (header := table.horizontalHeaderItem(column)) is not None:
            header.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setRowCount(len(rows))
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignLeft if column in words else Qt.AlignmentFlag.AlignRight
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if column > 0 and column in words:
                item.setForeground(table.palette().color(QPalette.ColorRole.PlaceholderText))
            table.setItem(row, column, item)
