"""A window's parts for tests: real document, session, settings and work; pictures and canvas are played."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.context import Context
from app.document.document import Document
from app.main_window import MainWindow
from app.notices import Notice, Notices
from app.review import Review
from app.session import Session
from app.settings import Settings
from app.work.anchors import AnchorWork
from app.work.detection import DetectionWork
from app.work.exchange import ExchangeWork
from app.work.images import ImageWork
from app.work.measures import MeasureWork
from app.work.preview import PreviewWork
from app.work.training import Run, TrainingWork
from model.data.palette import colour_for
from model.data.project import Project
from model.records import (
    Box,
    ClassesChange,
    Edit,
    LabelClass,
    Labels,
    LabelsChange,
    TrainEvent,
    WeightsOffered,
)

SIZE = (640, 480)


class FakeCanvas(QWidget):
    """Takes the focus as the canvas does, and notes what it was asked."""

    cursor_moved = Signal(object)
    zoom_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[object, ...]] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def fit(self) -> None:
        self.asked.append(("fit",))

    def zoom_in(self) -> None:
        self.asked.append(("zoom in",))

    def zoom_out(self) -> None:
        self.asked.append(("zoom out",))

    def actual_size(self) -> None:
        self.asked.append(("actual size",))

    def nudge(self, dx: float, dy: float) -> None:
        self.asked.append(("nudge", dx, dy))

    def resize_selection(self, dw: float, dh: float) -> None:
        self.asked.append(("resize", dw, dh))

    def cycle(self, step: int) -> None:
        self.asked.append(("cycle", step))

    def start_class_palette(self) -> None:
        self.asked.append(("class palette",))

    def cancel(self) -> None:
        self.asked.append(("cancel",))


def waiting_run(run: Run) -> Iterator[TrainEvent]:
    """A training that goes on until it is stopped."""
    while True:
        time.sleep(0.002)
        yield WeightsOffered(0, None)


@dataclass
class Shell:
    """The parts, as application.py connects them."""

    context: Context
    canvas: FakeCanvas
    posted: list[Notice]
    folder: Path

    def open(self, images: int = 3, classes: Sequence[str] = ("bolt", "nut")) -> tuple[int, ...]:
        """Open a project with images 1.jpg, 2.jpg ... of 640 x 480 px, the first one shown; their ids."""
        with Project.open(self.folder) as project:
            names = [f"{number}.jpg" for number in range(1, images + 1)]
            ids = tuple(project.add_images(names, [SIZE] * images))
        document = self.context.document
        document.open(self.folder)
        if classes:
            added = tuple(
                LabelClass(number, name, colour_for(number)) for number, name in enumerate(classes, 1)
            )
            document.apply(Edit("Add classes", (ClassesChange((), added),)))
        if ids:
            self.context.session.show(ids[0])
        return ids

    def draw(self, image: int, *places: tuple[float, float], label: int = 1) -> tuple[Box, ...]:
        """Boxes of 20 x 10 px with their corner at these places, added to what is there."""
        document = self.context.document
        before = document.labels(image)
        boxes = tuple(Box(x, y, x + 20, y + 10, label) for x, y in places)
        after = Labels((*before.boxes, *boxes), before.state)
        document.apply(Edit("Draw", (LabelsChange(image, before, after),)))
        return boxes

    def boxes(self, image: int | None = None) -> tuple[Box, ...]:
        image = self.context.session.image if image is None else image
        assert image is not None
        return self.context.document.labels(image).boxes

    def window(self) -> MainWindow:
        return MainWindow(self.context, self.canvas)


def make_shell(folder: Path) -> Shell:
    document = Document()
    session = Session(document)
    notices = Notices()
    posted: list[Notice] = []
    notices.posted.connect(posted.append)
    document.images_changed.connect(session.on_images_changed)
    document.classes_changed.connect(session.on_classes_changed)
    document.labels_changed.connect(session.on_labels_changed)
    images = ImageWork(read=lambda path: np.full((480, 640, 3), 90, np.uint8))
    training = TrainingWork(document, run=waiting_run)
    anchors = AnchorWork(document, training)
    document.opened.connect(training.on_opened)
    document.opened.connect(anchors.on_opened)
    document.labels_changed.connect(training.on_labels_changed)
    context = Context(
        document=document,
        session=session,
        settings=Settings(folder.parent / "settings.ini"),
        notices=notices,
        review=Review(document, session),
        images=images,
        training=training,
        anchors=anchors,
        measures=MeasureWork(document),
        preview=PreviewWork(document, training),
        detection=DetectionWork(read=images.read),
        exchange=ExchangeWork(),
    )
    return Shell(context, FakeCanvas(), posted, folder)
