"""Fit anchors to my boxes: how many boxes have one before and after, a picture, and which to train with."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.widgets.prose import Prose
from app.widgets.shape_chart import Marks, ShapeChart
from app.widgets.words import count
from model.records import Architecture
from model.records.anchors import AnchorFit, AnchorRecall

ABOUT = (
    "Anchors are the boxes that the network starts from at each place of a picture. One that overlaps an object by "
    "half (IoU 0.5) learns to find it. Anchors in the shapes of your boxes overlap more of them, and more closely."
)
BOXES, RECIPES, FITTED = "your boxes", "recipe's anchors", "fitted anchors"
MARKS = (
    Marks(BOXES, QPalette.ColorRole.WindowText, "o", 4, is_filled=True, opacity=0.3),
    Marks(RECIPES, QPalette.ColorRole.PlaceholderText, "o", 8, is_filled=False),
    Marks(FITTED, QPalette.ColorRole.Accent, "+", 9, is_filled=True),
)
COLUMNS = {
    "With an anchor": "The share of your boxes that an anchor overlaps by half or more (IoU at least 0.5):\n"
    "what training calls foreground, and this fit calls recall. The others learn from their best anchor alone.",
    "Without": "Boxes that no anchor overlaps by half.",
    "Mean IoU": "How closely its best anchor fits a box, on average: overlap over union. 1 is perfect.",
    "Sizes, px": "Of the five levels, in pixels of the resized picture; each also 1.26 and 1.59 times as large.",
    "Ratios": "Height over width.",
}


class AnchorDialog(QDialog):
    """Begins to fit when it is made. What is chosen is asked of AnchorWork; closing it changes nothing."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = context.anchors
        self._fit: AnchorFit | None = None
        self._about = Prose(self, muted=True)
        self._bar = QProgressBar(self)
        self._state = Prose(self)
        self._table = QWidget(self)
        self._chart = ShapeChart(MARKS, self)
        self._note = Prose(self, muted=True)
        self._buttons = QDialogButtonBox(self)
        self._use = QPushButton("Use these", self)
        self._keep = self._buttons.addButton("Keep the recipe's", QDialogButtonBox.ButtonRole.RejectRole)
        self._close = self._buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        self._build()
        self._use.clicked.connect(self._use_these)
        self._keep.clicked.connect(self._keep_the_recipes)
        self._close.clicked.connect(self.reject)
        self._work.found.connect(self._on_found)
        self._work.failed.connect(self._on_failed)
        self._work.start()
        self._show()

    def _build(self) -> None:
        self.setWindowTitle("Fit anchors to my boxes")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(620)
        self._about.setText(ABOUT)
        self._bar.setRange(0, 0)
        self._bar.setProperty("thin", True)
        self._bar.setTextVisible(False)
        self._state.setText("Fitting: this takes some seconds…")
        self._use.setProperty("primary", True)  # before it is in the box, which dresses it
        self._use.setDefault(True)
        self._buttons.addButton(self._use, QDialogButtonBox.ButtonRole.AcceptRole)
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(len(COLUMNS) + 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        for widget in (self._about, self._bar, self._state, self._table, self._chart, self._note):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    # ------------------------------------------------------------------------------------ intents

    def _use_these(self) -> None:
        if self._fit is not None:
            self._work.use(self._fit)
        self.accept()

    def _keep_the_recipes(self) -> None:
        self._work.put_back()
        self.accept()

    def done(self, result: int) -> None:
        """Also by Esc and the window's own button."""
        self._work.cancel()
        super().done(result)

    # ------------------------------------------------------------------------------------ facts

    def _on_found(self, fit: AnchorFit) -> None:
        self._fit = fit
        boxes = count(fit.recall_before.boxes, "box", "boxes")
        self._state.setText(f"{boxes} that the recipe “{fit.preset}” would learn from:")
        self._fill_table(fit)
        self._chart.set_shapes(BOXES, fit.box_shapes)
        self._chart.set_shapes(RECIPES, fit.anchor_shapes_before)
        self._chart.set_shapes(FITTED, fit.anchor_shapes_after if fit.is_better else ())
        self._chart.setAccessibleName(f"Width and height of {boxes}, and of the anchors before and after")
        self._note.setText(fit.note)
        self._show()

    def _on_failed(self, sentence: str) -> None:
        self._state.setText(sentence)
        self._show()

    # ------------------------------------------------------------------------------------ showing

    def _show(self) -> None:
        runs, fit = self._work.is_running, self._fit
        is_better = fit is not None and fit.is_better
        self._bar.setVisible(runs)
        for part in (self._table, self._note):
            part.setVisible(fit is not None)
        self._chart.setVisible(fit is not None and bool(fit.box_shapes))
        self._use.setVisible(is_better)
        self._keep.setVisible(is_better or (fit is not None and self._work.is_fitted))
        self._close.setVisible(not is_better)
        self._close.setText("Cancel" if runs else "Close")
        if is_better:
            self._use.setFocus()  # or the button beside it has Enter: it was shown first

    def _fill_table(self, fit: AnchorFit) -> None:
        for column, (title, tooltip) in enumerate(COLUMNS.items(), 1):
            self._put(0, column, title, tooltip, muted=True)
        self._fill_row(1, "Recipe's", fit.before, fit.recall_before)
        if fit.is_better:
            self._fill_row(2, "Fitted", fit.after, fit.recall_after)
        per_class = "\n".join(
            f"{c.name}: {_share(c.before)} before, {_share(c.after)} after ({c.before.boxes:,})"
            for c in fit.per_class
        )
        self._table.setToolTip(per_class)

    def _fill_row(self, row: int, name: str, architecture: Architecture, recall: AnchorRecall) -> None:
        texts = (
            _share(recall),
            f"{recall.unmet:,}",
            f"{recall.mean_iou:.3f}",
            _listed(architecture.anchor_sizes),
            _listed(architecture.anchor_ratios),
        )
        self._put(row, 0, name)
        for column, text in enumerate(texts, 1):
            self._put(row, column, text)

    def _put(self, row: int, column: int, text: str, tooltip: str = "", muted: bool = False) -> None:
        label = QLabel(text, self._table)
        label.setToolTip(tooltip)
        if muted:
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        grid = self._table.layout()
        assert isinstance(grid, QGridLayout)
        grid.addWidget(label, row, column)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._take_height()
        return done

    def _take_height(self) -> None:
        """As high as what is shown needs: text asks for more before it knows how wide it is."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), layout.minimumSize().height())


def _share(recall: AnchorRecall) -> str:
    return f"{100 * recall.share:.1f} %"


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)
