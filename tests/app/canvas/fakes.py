"""A context of real session and review over labels in a dict, and a canvas whose image px are easy to find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.canvas import Canvas
from app.review import Review
from app.session import Session
from model.records import (
    Box,
    ClassesChange,
    Detection,
    Edit,
    ImageRow,
    LabelClass,
    Labels,
    LabelsChange,
)

CLASSES = (LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9"))
SIZE = (200, 100)  # (width, height) of the images, px
MIDDLE = Qt.MouseButton.MiddleButton
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class FakeProject:
    def __init__(self) -> None:
        self.verdicts: list[tuple[int, tuple[Detection, ...], str]] = []
        self.ids = 2

    def next_class_id(self) -> int:
        return self.ids + 1

    def add_verdicts(self, image: int, detections: tuple[Detection, ...], verdict: str) -> None:
        self.verdicts.append((image, tuple(detections), verdict))


class FakeDocument(QObject):
    """Labels in a dict; every edit is checked against it, kept, and announced."""

    labels_changed = Signal(int)
    classes_changed = Signal()
    images_changed = Signal()

    def __init__(self, classes: tuple[LabelClass, ...], images: int) -> None:
        super().__init__()
        self.project = FakeProject()
        self.rows = {n: ImageRow(n, f"{n}.jpg", *SIZE) for n in range(1, images + 1)}
        self.edits: list[Edit] = []
        self._classes = classes
        self._labels: dict[int, Labels] = {}

    def has_image(self, image: int | None) -> bool:
        return image in self.rows

    def image(self, image: int) -> ImageRow:
        return self.rows[image]

    def forget_size(self, image: int) -> None:
        self.rows[image] = replace(self.rows[image], width=0, height=0)

    def labels(self, image: int) -> Labels:
        return self._labels.get(image, Labels())

    def put(self, image: int, *boxes: Box) -> None:
        self._labels[image] = Labels(boxes)
        self.labels_changed.emit(image)

    def classes(self) -> tuple[LabelClass, ...]:
        return self._classes

    def label_class(self, label: int) -> LabelClass:
        return next((c for c in self._classes if c.id == label), LabelClass(label, "?", "#808080"))

    def class_named(self, name: str) -> LabelClass | None:
        return next((c for c in self._classes if c.name == name), None)

    def undo_sequence(self) -> int | None:
        return len(self.edits) or None

    def apply(self, edit: Edit) -> None:
        for change in edit.changes:
            if isinstance(change, LabelsChange):
                assert change.before == self.labels(change.image), "a stale edit"
                self._labels[change.image] = change.after
            elif isinstance(change, ClassesChange):
                assert change.before == self._classes, "a stale edit"
                self._classes = change.after
                self.project.ids = max(c.id for c in change.after)
                self.classes_changed.emit()
        self.edits.append(edit)
        for image in edit.images():
            self.labels_changed.emit(image)


class FakeImages(QObject):
    thumbnail_ready = Signal(int, QImage)

    def __init__(self) -> None:
        super().__init__()
        self.thumbnails: dict[int, QImage] = {}

    def thumbnail(self, image: int) -> QImage | None:
        return self.thumbnails.get(image)


@dataclass(frozen=True)
class Ready:
    image: int
    qimage: QImage


def picture(width: int = SIZE[0], height: int = SIZE[1]) -> QImage:
    """Every pixel tells where it is: red is x, green is y (both mod 256)."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(height, width, 4)
    pixels[..., 2] = np.arange(width) % 256
    pixels[..., 1] = (np.arange(height) % 256)[:, None]
    pixels[..., 0] = 90
    pixels[..., 3] = 255
    return image


def make_context(classes: tuple[LabelClass, ...] = CLASSES, images: int = 3) -> SimpleNamespace:
    """As app.context.Context, as far as the canvas reaches."""
    document = FakeDocument(classes, images)
    session = Session(document)
    document.labels_changed.connect(session.on_labels_changed)
    document.classes_changed.connect(session.on_classes_changed)
    session.on_classes_changed()
    return SimpleNamespace(
        document=document,
        session=session,
        review=Review(document, session),
        settings=SimpleNamespace(keep_view=False),
        images=FakeImages(),
    )


class Stage:
    """A canvas of 640 x 400 widget px showing image 1, and a mouse that is told image px.

    The image of 200 x 100 px is fitted; the mouse goes where the canvas itself says a point is.
    """

    def __init__(self, context: SimpleNamespace | None = None) -> None:
        self.context: Any = context if context is not None else make_context()
        self.canvas = Canvas(self.context)
        self.canvas.resize(640, 400)

    @property
    def session(self) -> Session:
        return self.context.session

    @property
    def document(self) -> FakeDocument:
        return self.context.document

    def open(self, image: int = 1) -> Stage:
        self.session.show(image)
        self.canvas.on_image_ready(Ready(image, picture()))
        return self

    def boxes(self, image: int = 1) -> tuple[Box, ...]:
        return self.document.labels(image).boxes

    def put(self, *boxes: Box) -> tuple[Box, ...]:
        self.document.put(1, *boxes)
        return boxes

    def propose(self, *detections: Detection) -> tuple[Detection, ...]:
        self.session.set_detections(1, detections)
        return detections

    # ------------------------------------------------------------------------------------------ mouse, in image px

    def place(self, x: float, y: float) -> QPointF:
        return QPointF(*self.canvas._view.viewport.to_widget(x, y))

    def send(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: bool, keys: Qt.KeyboardModifier
    ) -> None:
        buttons = button if held else Qt.MouseButton.NoButton
        changed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, at, changed, buttons, keys))

    def press(
        self, x: float, y: float, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        self.send(QEvent.Type.MouseButtonPress, self.place(x, y), button, True, keys)

    def move(
        self, x: float, y: float, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        self.send(QEvent.Type.MouseMove, self.place(x, y), button, True, keys)

    def hover(self, x: float, y: float) -> None:
        self.send(QEvent.Type.MouseMove, self.place(x, y), Qt.MouseButton.NoButton, False, NONE)

    def release(
        self, x: float, y: float, keys: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        self.send(QEvent.Type.MouseButtonRelease, self.place(x, y), button, False, keys)

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        keys: Qt.KeyboardModifier = NONE,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        self.press(*start, keys, button)
        self.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, keys, button)
        self.move(*end, keys, button)
        self.release(*end, keys, button)

    def click(self, x: float, y: float, keys: Qt.KeyboardModifier = NONE) -> None:
        self.press(x, y, keys)
        self.release(x, y, keys)

    def double_click(self, x: float, y: float) -> None:
        self.click(x, y)
        self.send(QEvent.Type.MouseButtonDblClick, self.place(x, y), LEFT, True, NONE)
        self.release(x, y)

    def wheel(self, x: float, y: float, eighths: int = 120) -> None:
        at = self.place(x, y)
        event = QWheelEvent(
            at, at, QPoint(0, 0), QPoint(0, eighths), Qt.MouseButton.NoButton, NONE,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.canvas, event)
