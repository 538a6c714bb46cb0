"""Measures: how good a model is on the images kept to check on, in numbers, curves and mistakes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.widgets.icons import icon
from app.widgets.measures_pages import ConfusionPage, CurvesPage, NumbersPage
from app.widgets.prose import Prose
from app.widgets.words import count
from app.work.measures import Measured
from model.records import Evaluation, ModelRow, Progress

WIDTH, HEIGHT = 840, 600  # px: inside a window of 1024 x 700
NO_MODEL = "There is no model yet: train one, and this tells how good it is and what it gets wrong."
GREY = "#888888"  # of a class that has been deleted since


def open_measures(context: Context, window: QWidget) -> None:
    """Show the dialog beside a window: the one that is open already, if there is one."""
    dialog = window.findChild(MeasuresDialog) or MeasuresDialog(context, window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


class MeasuresDialog(QDialog):
    """Stands beside the window, which shows the image behind a mistake. Measures only when asked to."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._work = context.measures
        self._rows: tuple[ModelRow, ...] = ()
        self._models = QComboBox(self)
        self._measure = QPushButton("Measure", self)
        self._stop = QPushButton(icon("mdi6.stop"), "Stop", self)
        self._bar = QProgressBar(self)
        self._state = Prose(self)
        self._tabs = QTabWidget(self)
        self._numbers = NumbersPage(self)
        self._curves = CurvesPage(self)
        self._confusion = ConfusionPage(self)
        self._buttons = QDialogButtonBox(self)
        self._use = QPushButton(self)
        self._build()
        self._connect()
        self._fill_models()
        if self._work.newest is not None:
            self._on_measured(self._work.newest)
        self._show()

    def _build(self) -> None:
        self.setWindowTitle("Measures")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self._measure.setProperty("primary", True)
        self._measure.setDefault(True)
        self._models.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._bar.setProperty("thin", True)
        self._bar.setTextVisible(False)
        # else sentences of pages that have never been shown ask for the height of a narrow column
        self._tabs.setMinimumSize(420, 320)
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(self._numbers, "Numbers")
        self._tabs.addTab(self._curves, "Precision and recall")
        self._tabs.addTab(self._confusion, "Mistakes")
        self._buttons.addButton(self._use, QDialogButtonBox.ButtonRole.ActionRole)
        self._buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        top = QHBoxLayout()
        top.addWidget(QLabel("Model", self))
        top.addWidget(self._models, 1)
        top.addWidget(self._measure)
        top.addWidget(self._stop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(top)
        for widget in (self._bar, self._state):
            layout.addWidget(widget)
        layout.addWidget(self._tabs, 1000)
        layout.addStretch(1)  # takes the place of the tabs while there is nothing to show
        layout.addWidget(self._buttons)

    def _connect(self) -> None:
        self._measure.clicked.connect(self._start)
        self._stop.clicked.connect(self._cancel)
        self._use.clicked.connect(self._use_score)
        self._buttons.rejected.connect(self.reject)
        self._confusion.image_chosen.connect(self._show_image)
        self._work.went_on.connect(self._on_went_on)
        self._work.measured.connect(self._on_measured)
        self._work.failed.connect(self._state.setText)
        self._work.changed.connect(self._show)
        self._context.training.state_changed.connect(self._fill_models)
        self._context.session.threshold_changed.connect(self._show)
        self._context.document.opened.connect(self._on_opened)

    # ------------------------------------------------------------------------------------ intents

    def _start(self) -> None:
        if 0 <= self._models.currentIndex() < len(self._rows):
            self._bar.setRange(0, 0)
            self._state.setText("Loading the model…")
            self._work.start(self._rows[self._models.currentIndex()])

    def _cancel(self) -> None:
        self._state.setText("")
        self._work.cancel()
        if self._work.newest is not None:
            self._on_measured(self._work.newest)

    def _use_score(self) -> None:
        if (score := self._score()) is not None:
            self._context.session.set_threshold(score)

    def _show_image(self, image: int) -> None:
        if self._context.document.has_image(image):
            self._context.session.show(image)

    def done(self, result: int) -> None:
        """Also by Esc and the window's own button."""
        self._work.cancel()
        super().done(result)

    # ------------------------------------------------------------------------------------ facts

    def _on_went_on(self, progress: Progress) -> None:
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)
        self._state.setText(f"{progress.done} of {count(progress.total, 'image')} looked at")

    def _on_measured(self, measured: Measured) -> None:
        evaluation = measured.evaluation
        left_out = f" {count(len(measured.problems), 'file')} could not be read." if measured.problems else ""
        images = count(evaluation.metrics.images, "image")
        self._state.setText(f"{measured.model}, on {images} kept to check on.{left_out}")
        self._state.setToolTip("\n".join(f"{p.file}: {p.reason}" for p in measured.problems))
        self._fill(evaluation)
        self._show()

    def _on_opened(self) -> None:
        self._state.setText("")
        self._fill_models()

    # ------------------------------------------------------------------------------------ showing

    def _fill_models(self) -> None:
        """The project's, newest first; the one that was chosen stays so."""
        rows = self._work.models()
        if rows != self._rows:
            self._rows = rows
            chosen = self._models.currentText()
            self._models.clear()
            self._models.addItems([row.name for row in rows])
            self._models.setCurrentIndex(max(0, self._models.findText(chosen)))
        self._show()

    def _fill(self, evaluation: Evaluation) -> None:
        document = self._context.document
        colours = {c.name: c.colour for c in document.classes()}
        self._numbers.set_evaluation(evaluation)
        self._curves.set_evaluation(evaluation, lambda name: colours.get(name, GREY))
        self._confusion.set_evaluation(evaluation, self._file)

    def _file(self, image: int) -> str:
        document = self._context.document
        return document.path(image).name if document.has_image(image) else ""

    def _score(self) -> float | None:
        newest = self._work.newest
        return newest.evaluation.threshold.score if newest and newest.evaluation.threshold else None

    def _show(self) -> None:
        runs, trains = self._work.is_running, self._context.training.is_running
        self._models.setEnabled(not runs and bool(self._rows))
        self._measure.setVisible(not runs)
        self._measure.setEnabled(bool(self._rows) and not trains)
        self._measure.setToolTip(
            "While a model trains, its AP is measured at each epoch's end" if trains else ""
        )
        self._stop.setVisible(runs)
        self._bar.setVisible(runs)
        has_result = self._work.newest is not None
        self._tabs.setVisible(has_result)
        if not self._rows:
            self._state.setText(NO_MODEL)
        elif not has_result and not runs and not self._state.text():
            self._state.setText(
                "Measure looks at the images kept to check on, and compares with your labels."
            )
        score = self._score()
        self._use.setVisible(score is not None)
        if score is not None:
            self._use.setText(f"Show proposals from {score:.2f} on")
            self._use.setToolTip("The score with the highest F1 over all classes, for the window's threshold")
            self._use.setEnabled(score != self._context.session.threshold)
