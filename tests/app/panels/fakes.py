"""A context of real session and review over a document, a detector and a training run that are played."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.review import Review
from app.session import Session
from app.work.anchors import AnchorWork
from app.work.detection import DetectionWork
from app.work.exchange import ExchangeWork
from app.work.measures import MeasureWork
from app.work.preview import PreviewWork
from app.work.starts import Starts
from app.work.training import Run, TrainingWork
from model.network.sources.source import Source
from model.records import (
    Architecture,
    Box,
    ClassesChange,
    Detection,
    Edit,
    ImageRow,
    LabelClass,
    Labels,
    LabelsChange,
    ModelRow,
    State,
    TrainEvent,
    TrainSettings,
    WeightsOffered,
)

CLASSES = (LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9"))
FAST = TrainSettings("fast", Architecture("resnet18", 128, short_side=320, long_side=320), epochs=30)
PAPER = TrainSettings("paper", Architecture("resnet50", 256, short_side=600, long_side=1000), epochs=12)


def row(number: int, boxes: int = 1) -> ImageRow:
    return ImageRow(number, f"{number}.jpg", 640, 480, State.DONE if boxes else State.TO_DO, boxes)


def detection(name: str, score: float, at: int = 0) -> Detection:
    return Detection(20.0 * at, 0.0, 20.0 * at + 15.0, 15.0, name, score)


@dataclass
class FakeProject:
    models_folder: Path
    rows: tuple[ModelRow, ...] = ()
    verdicts: list[tuple[int, tuple[Detection, ...], str]] = field(default_factory=list)

    def models(self) -> tuple[ModelRow, ...]:
        return self.rows

    def add_verdicts(self, image: int, detections: tuple[Detection, ...], verdict: str) -> None:
        self.verdicts.append((image, tuple(detections), verdict))

    def next_class_id(self) -> int:
        return 3


class FakeDocument(QObject):
    """Labels in a dict."""

    labels_changed = Signal(int)
    images_changed = Signal()
    opened = Signal(object)

    def __init__(self, folder: Path, images: int = 3) -> None:
        super().__init__()
        self.folder = folder
        self.is_open = True
        self.project = FakeProject(folder)
        self.rows = tuple(row(number) for number in range(images))
        self.edits: list[Edit] = []
        self._labels: dict[int, Labels] = {}
        self._classes = CLASSES

    def images(self) -> tuple[ImageRow, ...]:
        return self.rows

    def has_image(self, image: int | None) -> bool:
        return image is not None and image < len(self.rows)

    def labels(self, image: int) -> Labels:
        return self._labels.get(image, Labels())

    def classes(self) -> tuple[LabelClass, ...]:
        return self._classes

    def class_counts(self) -> dict[int, int]:
        return {c.id: len(self.rows) for c in self._classes}

    def class_images(self) -> dict[int, int]:
        return {c.id: len(self.rows) for c in self._classes}

    def label_class(self, label: int) -> LabelClass:
        return next(c for c in self._classes if c.id == label)

    def class_named(self, name: str) -> LabelClass | None:
        return next((c for c in self._classes if c.name == name), None)

    def boxes(self, image: int) -> tuple[Box, ...]:
        return self.labels(image).boxes

    def undo_sequence(self) -> int | None:
        return len(self.edits) or None

    def apply(self, edit: Edit) -> None:
        self.edits.append(edit)
        for change in edit.changes:
            if isinstance(change, ClassesChange):
                self._classes = change.after
            elif isinstance(change, LabelsChange):
                self._labels[change.image] = change.after
                self.labels_changed.emit(change.image)


class FakeDetector:
    """Says the same of every picture, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: tuple[Detection, ...] = ()

    def detect(self, pixels: np.ndarray) -> tuple[Detection, ...]:
        self.asked += 1
        return self.answer

    def load_weights(self, tensors: dict[str, Any]) -> None:
        pass


class FakeTraining:
    """Yields what a test puts in, and waits at the end until it is stopped."""

    def __init__(self) -> None:
        self.events: list[TrainEvent] = []
        self.ends = False

    def __call__(self, run: Run) -> Iterator[TrainEvent]:
        yielded = 0
        while not self.ends or yielded < len(self.events):
            if yielded < len(self.events):
                yielded += 1
                yield self.events[yielded - 1]
            else:
                time.sleep(0.002)
                yield WeightsOffered(0, None)  # a place to stop at


def make_context(folder: Path, images: int = 3) -> SimpleNamespace:
    """As app.context.Context, as far as the panels of work reach."""
    document = FakeDocument(folder, images)
    detector = FakeDetector()
    training = FakeTraining()
    sources: list[Source] = []  # what is known of the registry's files once torch is there
    work = TrainingWork(document, run=training, starts=Starts(lambda: tuple(sources)))
    weights = SimpleNamespace(architecture=None, classes=("bolt", "nut", "washer"), tensors={})
    session = Session(document)
    document.labels_changed.connect(session.on_labels_changed)
    return SimpleNamespace(
        document=document,
        session=session,
        review=Review(document, session),
        detection=DetectionWork(
            read=lambda path: np.zeros((4, 4, 3), np.uint8),
            load=lambda file: weights,
            make=lambda _: detector,
        ),
        training=work,
        anchors=AnchorWork(document, work),
        measures=MeasureWork(document),
        preview=PreviewWork(document, work),
        exchange=ExchangeWork(),
        detector=detector,
        fake_training=training,
        sources=sources,
    )
