"""Training beside the window: a job around model.training.train, with its own priority and connection."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.work.history import History
from app.work.job import Failure, Job, Outcome
from app.work.starts import Starts
from app.work.warm_up import load_torch
from model.data.runs import checkpoint_of, interrupted_run, new_run
from model.data.weights_header import architecture_of, length_of
from model.records import (
    EpochEnded,
    Hold,
    Metrics,
    Progress,
    Setback,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
    WeightsOffered,
    recipe_of,
)

if TYPE_CHECKING:
    from app.document.document import Document

log = logging.getLogger(__name__)

NICE = 10  # with passive OpenMP threads this keeps the window's ticks within 1.4 ms (99 %), at full speed
SWITCH_INTERVAL_S = 0.0005  # how soon the training thread gives the interpreter back; shorter made it worse
LEAST_IMAGES = 3  # with boxes: fewer cannot show a class from two sides


class Phase(StrEnum):
    IDLE = "idle"
    STARTING = "starting"  # loading the library and the images' list: nothing to show yet
    FETCHING = "fetching"  # downloading the weights to start from
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Run:
    """What a training thread needs to know. file is the weights file to write."""

    folder: Path
    file: Path
    settings: TrainSettings
    resumes: bool


def run_training(run: Run) -> Generator[TrainEvent, Hold | None, None]:
    """Train on the labels of a folder, and enter the model in its project at the end or when stopped."""
    load_torch()
    from model.data.division import draw
    from model.data.project import Project
    from model.training.train import train

    with Project.open(run.folder) as project:
        classes: tuple[str, ...] = ()
        metrics: Metrics | None = None
        read = partial(draw, project, run.settings.validation_share)
        events = train(read, run.settings, run.file, resume=run.file if run.resumes else None)
        try:
            # closed before the model is entered: closing is what makes train() write its files
            with contextlib.closing(events):
                for event in events:
                    if isinstance(event, TrainingStarted):
                        classes = event.classes
                    elif isinstance(event, EpochEnded | TrainingEnded):
                        metrics = event.metrics or metrics
                    if (yield event) is Hold.ASKED:
                        yield events.send(Hold.ASKED)
        finally:
            if run.file.is_file():
                ap, ap50 = (metrics.ap, metrics.ap50) if metrics else (None, None)
                project.add_model(run.file.stem, run.file.name, run.settings.preset, classes, ap, ap50)


class TrainingWork(QObject):
    """At most one run at a time. The plan is what the next run will do; the history what this one said."""

    state_changed = Signal()  # phase, plan, or what is missing
    fetch_went_on = Signal(object)  # Progress, before `started`
    started = Signal(object)  # TrainingStarted
    step_ended = Signal(object)  # StepEnded
    epoch_ended = Signal(object)  # EpochEnded
    weights_offered = Signal(object)  # WeightsOffered
    set_back = Signal(str)  # a sentence or two: what went wrong, and what is done about it
    ended = Signal(object)  # TrainingEnded
    stopped = Signal()  # before its end, with a checkpoint
    failed = Signal(str)  # a sentence
    model_saved = Signal(object)  # Path of the weights file, after `ended` and `stopped`

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        run: Callable[[Run], Generator[TrainEvent, Hold | None, None]] = run_training,
        starts: Starts | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._make = run
        self._job: Job | None = None
        self._run: Run | None = None
        self._phase = Phase.IDLE
        self._plan: TrainSettings | None = None
        self._planned_for: Path | None = None  # the folder
        self._devices: tuple[str, ...] = ("auto", "cpu")
        self._outcome = ""
        self._reason = ""  # why the run ended before its time
        self._missing = LEAST_IMAGES  # as last told
        self._switch_interval_s = sys.getswitchinterval()
        self._fetched: Progress | None = None
        self.history = History()
        self.starts = starts or Starts()

    # -------------------------------------------------------------------------------------- what will be done

    def presets(self) -> tuple[TrainSettings, ...]:
        """The named recipes, the quickest first."""
        from model.training.presets import PRESETS

        return PRESETS

    @property
    def plan(self) -> TrainSettings:
        """What the next run will do."""
        if self._plan is None:
            self._plan = self.presets()[0]
        return self._plan

    @property
    def recipe(self) -> TrainSettings:
        """The preset that the plan is made from; the plan itself where there is none of its name."""
        return recipe_of(self.plan, self.presets())

    def flaw(self) -> str:
        """What is wrong with the plan, in a sentence; nothing where it can be done."""
        from model.training.recipe import check

        try:
            check(self.plan)
        except ValueError as error:
            return str(error)
        return ""

    def choose(self, plan: TrainSettings) -> None:
        if plan != self._plan:
            self._plan = plan
            self.state_changed.emit()

    @property
    def devices(self) -> tuple[str, ...]:
        """What TrainSettings.device may be on this machine; "auto" and "cpu" until torch has been asked."""
        return self._devices

    def on_devices_known(self, devices: tuple[str, ...]) -> None:
        """torch has been imported."""
        self._devices = ("auto", *devices)
        self.starts.on_torch_imported()
        self.state_changed.emit()

    def missing_images(self) -> int:
        """How many images with boxes are missing before training makes sense."""
        if not self._document.is_open:
            return LEAST_IMAGES
        usable = (row for row in self._document.images() if row.box_count and not row.problem)
        return LEAST_IMAGES - len(tuple(islice(usable, LEAST_IMAGES)))

    def interrupted(self) -> Path | None:
        """The weights file of a run that can be resumed; None while one runs."""
        if self._job is not None or not self._document.is_open:
            return None
        return interrupted_run(self._document.project.models_folder)

    # ---------------------------------------------------------------------------------- what is being done

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def is_running(self) -> bool:
        """Whether there is a run, paused or not."""
        return self._job is not None

    @property
    def is_paused(self) -> bool:
        return self._phase is Phase.PAUSED

    @property
    def can_pause(self) -> bool:
        """Whether toggle() holds the run or lets it go on: a download does not wait, nor does what stops."""
        return self._phase in (Phase.STARTING, Phase.RUNNING, Phase.PAUSED)

    @property
    def run(self) -> Run | None:
        """The run that goes on, or the last one."""
        return self._run

    @property
    def fetched(self) -> Progress | None:
        """How much of the weights to start from has come, while they are downloaded."""
        return self._fetched

    @property
    def outcome(self) -> str:
        """How the last run ended, in a sentence; empty while one runs and before the first."""
        return self._outcome

    def start(self, resume: bool = False) -> None:
        """Do the plan, or go on with the interrupted run. Not while a run goes on or images are missing."""
        interrupted = self.interrupted() if resume else None
        if self._job is not None or self.missing_images() or (resume and interrupted is None):
            return
        if not resume and (flaw := self.flaw()):
            self.failed.emit(flaw)
            return
        file = interrupted or new_run(self._document.project.models_folder, self.plan.preset)
        self._begin(
            Run(self._document.folder, file, self._settings_for(interrupted), interrupted is not None)
        )

    def pause(self) -> None:
        if self._job is not None and self._phase in (Phase.STARTING, Phase.RUNNING):
            self._job.pause()
            self._set_phase(Phase.PAUSED)

    def resume(self) -> None:
        if self._job is not None and self._phase is Phase.PAUSED:
            self._job.resume()
            self._set_phase(Phase.RUNNING if self.history.started else Phase.STARTING)

    def toggle(self) -> None:
        """What one key does: train, pause, go on."""
        if self._job is None:
            self.start()
        elif self._phase is Phase.PAUSED:
            self.resume()
        else:
            self.pause()

    def stop(self) -> None:
        """Stop at the next step, with a checkpoint to resume from."""
        if self._job is not None:
            self._set_phase(Phase.STOPPING)
            self._job.stop()

    def on_opened(self, folder: Path | None) -> None:
        """Another folder is open: a run over the old one would show its detections on the wrong pictures."""
        if self._run is not None and self._run.folder != folder:
            self.stop()
            if self._job is None:
                self._run, self._outcome, self.history = None, "", History()
        if folder != self._planned_for:  # opened again, a folder keeps what was planned for it
            self._planned_for = folder
            self._network_of_newest()
        self._go_on_from_newest()
        self.state_changed.emit()

    def on_labels_changed(self, image: int) -> None:
        """Whether there is enough to train on may have changed: told when it has, not at every box."""
        self.on_images_changed()

    def on_images_changed(self) -> None:
        missing = self.missing_images()
        if missing != self._missing:
            self._missing = missing
            self.state_changed.emit()

    # -------------------------------------------------------------------------------------- within

    def _newest(self) -> Path | None:
        """This project's newest model of the plan's recipe."""
        if not self._document.is_open:
            return None
        folder = self._document.project.models_folder
        models = (m for m in self._document.project.models() if m.preset == self.plan.preset)
        return next((folder / m.file for m in models if (folder / m.file).is_file()), None)

    def _go_on_from_newest(self) -> None:
        """Plan to start from the newest model: pressing Train again must not unlearn.

        Without one, from what the recipe says. The panel shows it, and anything else can be chosen there.
        """
        newest = self._newest()
        self.choose(replace(self.plan, weights=self.recipe.weights if newest is None else str(newest)))

    def _network_of_newest(self) -> None:
        """Plan for the newest model's network, whose anchors may have been fitted; else for the recipe's."""
        newest, architecture = self._newest(), self.recipe.architecture
        if newest is not None:
            try:
                architecture = architecture_of(newest)
            except (OSError, ValueError) as error:  # told when it is loaded
                log.info("the network of %s is not known: %s", newest.name, error)
        self.choose(replace(self.plan, architecture=architecture))

    def _settings_for(self, interrupted: Path | None) -> TrainSettings:
        """The plan; for an interrupted run the recipe in its name and its own length, on the device chosen now.

        The rest of an interrupted run's settings is in its checkpoint.
        """
        if interrupted is None:
            return self.plan
        named = interrupted.stem.split("-", 2)[-1]
        preset = next((preset for preset in self.presets() if preset.preset == named), self.plan)
        epochs, minutes = preset.epochs, preset.minutes
        try:
            epochs, minutes = length_of(checkpoint_of(interrupted))
        except (OSError, ValueError) as error:  # told when it is loaded
            log.info("the length of %s is not known: %s", interrupted.name, error)
        return replace(preset, epochs=epochs, minutes=minutes, device=self.plan.device)

    def _begin(self, run: Run) -> None:
        self._run = run
        self._outcome = self._reason = ""
        self._fetched = None
        self.history = History()
        self._switch_interval_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._job = Job(lambda: self._make(run), "training", nice=NICE, holds=True)
        self._job.yielded.connect(self._on_event)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self._on_job_ended)
        self._set_phase(Phase.STARTING)
        self._job.begin()

    def _set_phase(self, phase: Phase) -> None:
        if phase is not self._phase:
            self._phase = phase
            self.state_changed.emit()

    def _on_event(self, event: TrainEvent) -> None:
        self.history.add(event)
        match event:
            case Progress():
                self._fetched = event
                if self._phase is Phase.STARTING:
                    self._set_phase(Phase.FETCHING)
                self.fetch_went_on.emit(event)
            case TrainingStarted():
                self._fetched = None
                if self._phase in (Phase.STARTING, Phase.FETCHING):
                    self._set_phase(Phase.RUNNING)
                self.started.emit(event)
            case StepEnded():
                self.step_ended.emit(event)
            case EpochEnded():
                self.epoch_ended.emit(event)
            case Setback():
                self.set_back.emit(event.text)
            case WeightsOffered():
                if self._phase is not Phase.STOPPING:
                    self.weights_offered.emit(event)
            case TrainingEnded():
                self._reason = event.reason
                self.ended.emit(event)

    def _on_failed(self, failure: Failure) -> None:
        self._outcome = failure.sentence
        self.failed.emit(failure.sentence)

    def _on_job_ended(self, outcome: Outcome) -> None:
        assert self._run is not None, "a job ended that was never begun"
        run, self._job = self._run, None
        sys.setswitchinterval(self._switch_interval_s)
        has_model = run.file.is_file()
        if outcome is Outcome.FINISHED:
            ended = f"Done. {self._reason}".strip()
            self._outcome = f"{ended} The model is {run.file.name}."
        elif outcome is Outcome.STOPPED:
            kept = f"The model so far is {run.file.name}." if has_model else "There is no model yet."
            self._outcome = f"Stopped. {kept}"
            self.stopped.emit()
        self._set_phase(Phase.IDLE)
        if has_model:
            self._go_on_from_newest()
            self.model_saved.emit(run.file)
