"""Measuring a model on the labelled images beside the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.work.newest import NewestJob
from app.work.training import NICE
from app.work.warm_up import load_torch
from model.records import Evaluation, ModelRow, Problem, Progress


@dataclass(frozen=True, slots=True)
class Measured:
    """What a model's evaluation found, and what could not be looked at."""

    model: str
    evaluation: Evaluation
    problems: tuple[Problem, ...] = ()


class NothingToMeasureError(Exception):
    """No image is kept to check on: a sentence."""


def measure_model(folder: Path, file: Path) -> Iterator[Progress | Measured]:
    """Detect in the images of a folder that are kept to check on, and compare with their labels."""
    load_torch()
    from model.data.division import divide
    from model.data.project import Project
    from model.detection.detector import Detector
    from model.network.weights import load
    from model.training.evaluate import Findings, evaluate, held_out_share

    with Project.open(folder) as project:
        snapshot = project.snapshot()
    weights = load(file)
    images = divide(snapshot, held_out_share(weights.about)).val
    if not any(image.objects for image in images):
        raise NothingToMeasureError(
            "No image with boxes is kept to check on yet: label more images. Of five, one is kept."
        )
    yield Progress(0, len(images), "loading the model")
    problems: list[Problem] = []
    for step in evaluate(Detector(weights).detect, snapshot, images):
        match step:
            case Progress():
                yield step
            case Problem():
                problems.append(step)
            case Findings():
                yield Measured(file.stem, step.evaluation(), tuple(problems))


class MeasureWork(QObject):
    """At most one model is measured at a time. The newest result is kept until another folder is opened."""

    changed = Signal()  # begun, ended, cancelled, or nothing is kept any more
    went_on = Signal(object)  # Progress
    measured = Signal(object)  # Measured
    failed = Signal(str)  # a sentence

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        measure: Callable[[Path, Path], Iterator[Progress | Measured]] = measure_model,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._measure = measure
        self._job = NewestJob("measuring a model", NICE, self)
        self._job.yielded.connect(self._on_yielded)
        self._job.failed.connect(self._on_failed)
        self._job.ended.connect(self.changed)
        self._newest: Measured | None = None

    @property
    def is_running(self) -> bool:
        return self._job.is_running

    @property
    def newest(self) -> Measured | None:
        return self._newest

    def models(self) -> tuple[ModelRow, ...]:
        """The open project's, newest first; without those whose file is gone."""
        if not self._document.is_open:
            return ()
        project = self._document.project
        folder = project.models_folder
        return tuple(row for row in project.models() if (folder / row.file).is_file())

    def start(self, model: ModelRow) -> None:
        """Measure a model on the labels as they are now: `measured` or `failed` tells, unless cancelled."""
        self.cancel()
        folder = self._document.folder
        file = self._document.project.models_folder / model.file
        self._job.start(lambda: self._measure(folder, file))
        self.changed.emit()

    def cancel(self) -> None:
        """Nothing more is told; the thread ends by itself after the image that it looks at."""
        if self._job.is_running:
            self._job.cancel()
            self.changed.emit()

    def on_opened(self, folder: Path | None) -> None:
        """What was measured is of another folder."""
        self.cancel()
        self._newest = None
        self.changed.emit()

    # -------------------------------------------------------------------------------------- within

    def _on_yielded(self, value: Progress | Measured) -> None:
        if isinstance(value, Measured):
            self._newest = value
            self.measured.emit(value)
        else:
            self.went_on.emit(value)

    def _on_failed(self, sentence: str) -> None:
        self.failed.emit(sentence)
        self.changed.emit()
