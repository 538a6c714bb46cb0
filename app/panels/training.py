"""Train, pause, stop; how far it is, how well it goes, and where the model is when it is done."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.context import Context
from app.panels.panel import Panel
from app.panels.training_plan import TrainingPlan, plan_in_words
from app.widgets.chart import Chart, Line
from app.widgets.focus import hand_focus_back
from app.widgets.icons import icon
from app.widgets.measures_dialog import open_measures
from app.widgets.prose import Prose
from app.widgets.words import count, duration, epoch_of, speed
from app.work.training import LEAST_IMAGES, Phase
from model.records import EpochEnded, Metrics, Progress, StepEnded

MEASURES = {
    "AP": "Average precision over overlaps (IoU) from 0.50 to 0.95: all found, nothing false,\n"
    "boxes that fit. 1 is perfect.",
    "AP50": "Average precision where a box counts once it overlaps the label by half (IoU 0.50).\n"
    "1 is perfect.",
    "AR": "Average recall: the share of the objects found, over overlaps (IoU) from 0.50 to 0.95,\n"
    "with at most 100 boxes an image.",
}
CAPTIONS = {"AP": "found, fitting", "AP50": "found roughly", "AR": "share found"}
LOSSES = {
    "class": "how wrong the classes are; falls as it learns",
    "box": "how far off the boxes are; falls as it learns",
}

PACE = (
    "Rate: how far a step goes, the learning rate; it rises at first and falls later.\n"
    "GB: the memory that the network and its training take on the GPU."
)
WAITS = {
    Phase.STARTING: "Getting ready: loading the network…",
    Phase.PAUSED: "Paused.",
    Phase.STOPPING: "Stopping…",
}
KIB = 1024
BAR = 500  # steps of the progress bar: it is not wider
DRAW_MS = 1000  # between two drawings of the losses: each costs the window some ms


class TrainingPanel(QScrollArea):
    """Shows what TrainingWork says and repaints from its history; holds no fact of its own."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._training = context.training
        self._plan = TrainingPlan(context, self)
        self._plan_line = Prose(self)
        self._train = QPushButton("Train", self)
        self._pause = QPushButton(icon("mdi6.pause"), "Pause", self)
        self._stop = QPushButton(icon("mdi6.stop"), "Stop", self)
        self._resume = QPushButton(icon("mdi6.restore"), "Resume the stopped run", self)
        self._hint = Prose(self, muted=True)
        self._bar = QProgressBar(self)
        self._speed = Prose(self, muted=True)
        self._measures = _Measures(self)
        self._all_measures = QPushButton(icon("mdi6.chart-line"), "All measures…", self)
        self._losses = Chart(
            (
                Line("class", tooltip=LOSSES["class"]),
                Line("box", QPalette.ColorRole.WindowText, Qt.PenStyle.DashLine, 0.6, LOSSES["box"]),
            ),
            "step",
            "loss",
            parent=self,
        )
        self._ap = Chart(
            (
                Line("AP", tooltip=MEASURES["AP"]),
                Line("AP50", QPalette.ColorRole.Accent, Qt.PenStyle.DashLine, 0.75, MEASURES["AP50"]),
                Line("AR", QPalette.ColorRole.WindowText, Qt.PenStyle.DotLine, 0.7, MEASURES["AR"]),
            ),
            "epoch",
            "AP, AR",
            y_range=(0.0, 1.0),
            parent=self,
        )
        self._notes = Prose(self, muted=True)
        self._outcome = Prose(self)
        self._drawn = QElapsedTimer()  # since the losses were
        self._build()
        self._connect()
        self._show()

    # ------------------------------------------------------------------------------------ making

    def _build(self) -> None:
        self._outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._train.setDefault(True)
        self._train.setProperty("primary", True)
        self._speed.setToolTip(PACE)
        self._all_measures.setToolTip("Every measure, curves and mistakes of the model (AP, AR, confusion)")
        self._all_measures.setProperty("quiet", True)
        self._pause.setToolTip("Hold training where it is (T)")
        self._stop.setToolTip("Stop with a checkpoint; the run can be resumed")
        self._bar.setProperty("thin", True)
        self._bar.setTextVisible(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self._train, 2)
        buttons.addWidget(self._pause, 1)
        buttons.addWidget(self._stop, 1)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(buttons)  # first: seen in the smallest dock
        for widget in (
            self._resume, self._outcome, self._hint, self._plan, self._bar, self._speed, self._plan_line,
            self._measures, self._all_measures, self._losses, self._ap, self._notes,
        ):  # fmt: skip
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _connect(self) -> None:
        training = self._training
        self._train.clicked.connect(lambda _=False: training.start())
        self._pause.clicked.connect(training.toggle)
        self._stop.clicked.connect(training.stop)
        self._all_measures.clicked.connect(lambda _=False: open_measures(self._context, self.window()))
        self._resume.clicked.connect(lambda _=False: training.start(resume=True))
        training.state_changed.connect(self._show)
        training.fetch_went_on.connect(self._show_fetch)
        training.step_ended.connect(self._show_step)
        training.epoch_ended.connect(self._show_epoch)
        training.ended.connect(self._show)

    # ------------------------------------------------------------------------------------ showing

    def _show(self) -> None:
        """Everything, from the owner: after a change of state, which is rare."""
        training = self._training
        runs = training.is_running
        missing = 0 if runs else training.missing_images()
        hand_focus_back(*((self._plan, self._train, self._resume) if runs else (self._pause, self._stop)))
        self._plan.setVisible(not runs)
        self._plan_line.setVisible(runs)
        if runs and training.run is not None:
            run = training.run
            self._plan_line.setText(
                f"Goes on: {run.file.stem}"
                if run.resumes
                else plan_in_words(run.settings, training.starts.title(run.settings))
            )
        self._train.setVisible(not runs)
        self._train.setEnabled(not missing)
        self._train.setToolTip("Learn from the labelled images (T)" if not missing else _missing(missing))
        self._pause.setVisible(runs)
        self._stop.setVisible(runs)
        self._show_pause()
        interrupted = training.interrupted()
        self._resume.setVisible(not missing and interrupted is not None)
        self._resume.setToolTip(f"Goes on: {interrupted.stem}" if interrupted is not None else "")
        self._hint.setVisible(bool(missing))
        self._hint.setText(_missing(missing))
        self._outcome.setVisible(bool(training.outcome))
        self._outcome.setText(training.outcome)
        for part in (self._bar, self._speed):
            part.setVisible(runs)
        self._show_history()

    def _show_pause(self) -> None:
        phase = self._training.phase
        paused = phase is Phase.PAUSED
        self._pause.setText("Go on" if paused else "Pause")
        self._pause.setIcon(icon("mdi6.play" if paused else "mdi6.pause"))
        for button, is_on in (
            (self._pause, self._training.can_pause),
            (self._stop, phase is not Phase.STOPPING),
        ):
            if not is_on:
                hand_focus_back(button)
            button.setEnabled(is_on)

    def _show_history(self) -> None:
        history = self._training.history
        self._drawn.invalidate()
        self._show_step(history.step)
        self._losses.setVisible(bool(history.losses))
        self._show_losses()
        measured = any(epoch.metrics is not None for epoch in history.epochs)
        self._ap.setVisible(measured)
        for name in MEASURES:
            measured_at = (
                (float(epoch.epoch + 1), _measure(epoch.metrics, name)) for epoch in history.epochs
            )
            self._ap.set_points(name, tuple((x, y) for x, y in measured_at if y is not None))
        self._measures.setVisible(measured)
        self._all_measures.setVisible(
            not self._training.is_running
            and (measured or bool(self._context.measures.models()))  # also of a run before this session
        )
        self._measures.set_metrics(history.metrics)
        notes = history.notes
        self._notes.setVisible(bool(notes))
        self._notes.setText("\n".join(f"• {note}" for note in notes))

    def _show_losses(self) -> None:
        for name in LOSSES:
            curve = self._training.history.losses.get(name)
            self._losses.set_points(name, curve.points() if curve else ())

    def _show_epoch(self, epoch: EpochEnded) -> None:
        self._show_history()

    def _show_step(self, step: StepEnded | None) -> None:
        """Four times a second: only what can be seen to have changed."""
        if step is None:
            self._show_wait()
            return
        self._bar.setRange(0, BAR)
        # a bar paints a new value at once, and all that has changed around it: this one waits for its turn
        self._bar.setUpdatesEnabled(False)
        self._bar.setValue(round(BAR * step.step / max(1, step.steps)))
        self._bar.setUpdatesEnabled(True)
        if (pace := self._pace(step)) != self._speed.text():  # a text set anew lays out the panel
            self._speed.setText(pace)
        self._losses.setVisible(bool(self._training.history.losses))
        if not self._drawn.isValid() or self._drawn.hasExpired(DRAW_MS):
            self._drawn.start()
            self._show_losses()

    def _show_wait(self) -> None:
        """What goes on before the first step."""
        phase = self._training.phase
        if phase is Phase.FETCHING and self._training.fetched is not None:
            self._show_fetch(self._training.fetched)
            return
        self._bar.setRange(0, 0 if phase is Phase.STARTING else 1)
        self._speed.setText(WAITS.get(phase, ""))

    def _show_fetch(self, progress: Progress) -> None:
        if self._training.phase is Phase.FETCHING:  # not while it stops
            self._bar.setRange(0, max(1, progress.total // KIB))  # Qt's bars end at 2 GB
            self._bar.setValue(progress.done // KIB)
            self._speed.setText(progress.text)

    def _pace(self, step: StepEnded) -> str:
        phase, run, started = self._training.phase, self._training.run, self._training.history.started
        if phase is Phase.PAUSED:
            return "Paused. The labels you make meanwhile join at the next epoch."
        if phase is Phase.STOPPING:
            return "Stopping: writing the checkpoint…"
        epoch = epoch_of(step, run.settings).capitalize() if run is not None else ""
        device = "" if started is None else "CPU " if started.device == "cpu" else "GPU "
        pace = f"{device}{speed(step.images_per_second, 'img')}".strip()
        memory = f"{step.device_memory / 1e9:.1f} GB" if step.device_memory else ""
        parts = (epoch, pace, f"{duration(step.seconds_left)} left", f"rate {step.learning_rate:.2g}", memory)
        return " · ".join(part for part in parts if part)


class _Measures(QWidget):
    """The three measures as large numbers, with plain words beneath and a sentence on hover."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._numbers: dict[str, QLabel] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(0)
        for column, name in enumerate(MEASURES):
            number = QLabel("–", self)
            font = number.font()
            font.setPointSizeF(font.pointSizeF() * 1.35)
            font.setBold(True)
            number.setFont(font)
            title = QLabel(name, self)
            caption = QLabel(CAPTIONS[name], self)
            caption.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            small = caption.font()
            small.setPointSizeF(small.pointSizeF() * 0.85)
            caption.setFont(small)
            for row, label in enumerate((title, number, caption)):
                label.setToolTip(MEASURES[name])
                label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                layout.addWidget(label, row, column)
            layout.setColumnStretch(column, 1)
            self._numbers[name] = number

    def set_metrics(self, metrics: Metrics | None) -> None:
        for name, number in self._numbers.items():
            value = _measure(metrics, name)
            number.setText("–" if value is None else f"{value:.2f}")


def _measure(metrics: Metrics | None, name: str) -> float | None:
    return None if metrics is None else {"AP": metrics.ap, "AP50": metrics.ap50, "AR": metrics.ar100}[name]


def _missing(images: int) -> str:
    if not images:
        return ""
    more = "more " if images < LEAST_IMAGES else ""
    return f"To train: {count(images, more + 'image')} with boxes."


PANEL = Panel("training", "Training", "right", 40, TrainingPanel, share=7)
