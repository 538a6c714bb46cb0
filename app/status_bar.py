"""The line at the bottom: how much is done, where the cursor is, what goes on, which keys help now."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from app.canvas import tools
from app.context import Context
from app.widgets.elided_label import ElidedLabel
from app.widgets.icons import icon
from app.widgets.words import duration, epoch_of, speed
from app.work.exchange import ADOPT, EXPORT, IMPORT, SAMPLE, SCAN
from model.discover import discover
from model.records import Progress, State, StepEnded

BAR = 90  # px
TASKS = {
    SCAN: "Looking for images",
    IMPORT: "Importing boxes",
    EXPORT: "Exporting",
    ADOPT: "Copying images",
    SAMPLE: "Drawing the sample project",
}


class StatusBar(QStatusBar):
    """Shows what the owners announce."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._done = QLabel(self)
        self._done_bar = _thin_bar(self)
        self._cursor = _muted(self)
        self._zoom = _muted(self)
        self._training = ElidedLabel(parent=self)
        self._task = TaskProgress(context, self)
        self._hint = ElidedLabel(Qt.AlignmentFlag.AlignRight, self)
        self._hints = {tool.name: tool.hint for tool in discover(tools, "TOOL")}
        self._count_soon = QTimer(self, singleShot=True, interval=0)
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._cursor.setMinimumWidth(self.fontMetrics().horizontalAdvance("x 00000  y 00000"))
        self._zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("6400 %"))
        self.setSizeGripEnabled(False)
        self.setContentsMargins(10, 0, 10, 0)
        for widget, stretch in (
            (self._done, 0), (self._done_bar, 0), (_space(14), 0), (self._cursor, 0), (self._zoom, 0),
            (_space(14), 0), (self._training, 0), (self._task, 0), (self._hint, 1),
        ):  # fmt: skip
            self.addWidget(widget, stretch)
        self._listen()
        self._show_done()
        self._show_training()
        self._show_hint()

    def show_cursor(self, point: QPointF | None) -> None:
        """Where the cursor is, in px of the image; None outside it."""
        self._cursor.setText("" if point is None else f"x {point.x():.0f}  y {point.y():.0f}")

    def show_zoom(self, zoom: float) -> None:
        """1 is one screen pixel for each pixel of the image."""
        self._zoom.setText(f"{zoom:.0%}".replace("%", " %"))

    def _listen(self) -> None:
        c = self._context
        self._count_soon.timeout.connect(self._show_done)
        for signal in (c.document.opened, c.document.images_changed, c.document.labels_changed):
            signal.connect(self._on_counts_changed)
        for signal in (c.training.state_changed, c.training.step_ended):
            signal.connect(self._show_training)
        for signal in (c.session.tool_changed, c.session.proposals_changed, c.session.proposal_changed):
            signal.connect(self._show_hint)
        c.session.selection_changed.connect(self._show_hint)
        c.document.labels_changed.connect(self._show_hint)  # what is selected may be an area to ignore now
        c.session.image_changed.connect(self._show_hint)

    def _on_counts_changed(self, *facts: object) -> None:
        self._count_soon.start()  # once, however many images an edit touches

    def _show_done(self) -> None:
        rows = self._context.document.images()
        done = sum(row.state is not State.TO_DO for row in rows)
        self._done.setText(f"{done:,} of {len(rows):,} done" if rows else "")
        self._done_bar.setVisible(bool(rows))
        self._done_bar.setRange(0, max(1, len(rows)))
        self._done_bar.setValue(done)

    def _show_training(self, *facts: object) -> None:
        training = self._context.training
        step: StepEnded | None = training.history.step
        if not training.is_running or training.run is None:
            text = ""
        elif training.is_paused:
            text = "Training is paused"
        elif training.fetched is not None:
            text = "Training: downloading what it starts from…"
        elif step is None:
            text = "Training: getting ready…"
        else:
            pace = ", ".join(
                part
                for part in (speed(step.images_per_second), f"{duration(step.seconds_left)} left")
                if part
            )
            text = f"Training: {epoch_of(step, training.run.settings)}, {pace}"
        self._training.setText(text)

    def _show_hint(self, *facts: object) -> None:
        session = self._context.session
        if session.image is None:
            text = ""
        elif session.proposal is not None:
            text = "Enter accept   ·   Backspace reject   ·   Shift+Enter accept all"
        elif session.selection and all(box.ignore for box in session.selected_boxes()):
            text = "Drag or arrows move   ·   Del delete   ·   I an object again"
        elif session.selection:
            text = "Drag or arrows move   ·   1–9 class   ·   Del delete   ·   X difficult   ·   I ignore"
        elif session.tool == "select" and session.proposals():
            text = "Enter: the best proposal   ·   Shift+Enter accept all   ·   W draw"
        else:
            text = self._hints.get(session.tool, "")
        self._hint.setText(text)


class TaskProgress(QWidget):
    """The long task that spoke last: how far it is, and a button to stop it."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._exchange = context.exchange
        self._name = ""
        self._text = QLabel(self)
        self._bar = _thin_bar(self)
        stop = QToolButton(self)
        stop.setIcon(icon("mdi6.close-circle-outline", QPalette.ColorRole.PlaceholderText))
        stop.setToolTip("Stop this; what is finished stays")
        stop.setAutoRaise(True)
        stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        stop.clicked.connect(self._stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(8)
        for widget in (self._text, self._bar, stop):
            layout.addWidget(widget)
        self._exchange.progress.connect(self._on_progress)
        self._exchange.finished.connect(self._on_over)
        self._exchange.failed.connect(self._on_over)
        self._exchange.cancelled.connect(self._on_over)
        self.hide()

    def _on_progress(self, task: str, progress: Progress) -> None:
        self._name = task
        words = TASKS.get(task, task)
        numbers = f"{progress.done:,} of {progress.total:,}" if progress.total else f"{progress.done:,}"
        self._text.setText(f"{words}: {numbers}")
        self._bar.setRange(0, progress.total)  # 0: it moves to and fro while nobody knows how long
        self._bar.setValue(progress.done)
        self.show()

    def _on_over(self, task: str, *facts: object) -> None:
        if task == self._name:
            self.hide()

    def _stop(self) -> None:
        self._exchange.cancel(self._name)


def _thin_bar(parent: QWidget) -> QProgressBar:
    bar = QProgressBar(parent)
    bar.setProperty("thin", True)
    bar.setTextVisible(False)
    bar.setFixedWidth(BAR)
    return bar


def _muted(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _space(width: int) -> QWidget:
    space = QWidget()
    space.setFixedWidth(width)
    return space
