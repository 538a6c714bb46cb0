"""The gate: the one owner of images, boxes, classes and states, over the project on disk.

An intent comes in as a method call; when the project has committed it, the fact goes out as a signal. Nothing else
in the window writes labels, and nothing else holds a copy of them for longer than it takes to draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from model.data.project import Project, StaleEdit
from model.records import Edit, ImageRow, LabelClass, Labels


class Document(QObject):
    """The open project, if any. Lives on the window's thread; workers open the project themselves."""

    opened = Signal(object)  # Path of the folder, or None when the project was closed
    images_changed = Signal()  # rows came, went, or learned their size
    labels_changed = Signal(int)  # image id: its boxes or its state
    classes_changed = Signal()
    history_changed = Signal()  # what undo and redo would do

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._rows: tuple[ImageRow, ...] = ()
        self._index: dict[int, int] = {}
        self._classes: tuple[LabelClass, ...] = ()
        self._labels: dict[int, Labels] = {}

    # ------------------------------------------------------------------------------------------ the project

    def open(self, folder: Path) -> None:
        """Open the project of a folder, made if need be. Raises ProjectError with a sentence for the person."""
        project = Project.open(folder)  # first: if this fails, what was open stays open
        if self._project is not None:
            self._project.close()
        self._project = project
        self._read()
        self.opened.emit(project.folder)
        self._announce_all()

    def close(self) -> None:
        if self._project is None:
            return
        self._project.close()
        self._project = None
        self._rows, self._index, self._classes, self._labels = (), {}, (), {}
        self.opened.emit(None)
        self._announce_all()

    def reread(self) -> None:
        """Another connection (a scan, an import) has written: read again and tell everyone."""
        if self._project is None:
            return
        labelled = set(self._labels)
        self._read()
        self._announce_all()
        for image in labelled & set(self._index):
            self.labels_changed.emit(image)

    @property
    def project(self) -> Project:
        """The open project. Asking for it while none is open is a mistake of the caller's."""
        assert self._project is not None, "no project is open"
        return self._project

    @property
    def is_open(self) -> bool:
        return self._project is not None

    @property
    def folder(self) -> Path:
        return self.project.folder

    # ------------------------------------------------------------------------------------------ reading

    def images(self) -> tuple[ImageRow, ...]:
        return self._rows

    def image(self, image: int) -> ImageRow:
        return self._rows[self._index[image]]

    def has_image(self, image: int | None) -> bool:
        return image in self._index

    def position(self, image: int) -> int:
        """Where the image stands in images(), from 0."""
        return self._index[image]

    def path(self, image: int) -> Path:
        return self.folder / self.image(image).path

    def labels(self, image: int) -> Labels:
        if image not in self._labels:
            self._labels[image] = self.project.labels(image)
        return self._labels[image]

    def classes(self) -> tuple[LabelClass, ...]:
        return self._classes

    def label_class(self, label: int) -> LabelClass:
        """The class with this id; a class that was deleted is still known to old boxes as a grey question mark."""
        for label_class in self._classes:
            if label_class.id == label:
                return label_class
        return LabelClass(label, "?", "#808080")

    def class_named(self, name: str) -> LabelClass | None:
        return next((c for c in self._classes if c.name == name), None)

    def class_counts(self) -> dict[int, int]:
        return self.project.class_counts() if self._project else {}

    def class_images(self) -> dict[int, int]:
        """class id -> number of images with an object of it."""
        return self.project.class_images() if self._project else {}

    # ------------------------------------------------------------------------------------------ writing

    def apply(self, edit: Edit) -> None:
        """Commit an edit, then announce it.

        Raises StaleEdit when it was made against labels that are gone: another connection was quicker, and what it
        left is shown instead.
        """
        try:
            self.project.apply(edit)
        except StaleEdit:
            self.reread()
            raise
        self._announce(edit)

    def undo(self) -> None:
        edit = self.project.undo()
        if edit is not None:
            self._announce(edit)

    def redo(self) -> None:
        edit = self.project.redo()
        if edit is not None:
            self._announce(edit)

    def undo_sequence(self) -> int | None:
        """The edit that undo would take back, by its number in the journal; None when there is none."""
        return self.project.undo_sequence() if self._project else None

    def undo_text(self) -> str:
        """What undo would take back, in words; empty when there is nothing."""
        return self.project.undo_text() if self._project else ""

    def redo_text(self) -> str:
        return self.project.redo_text() if self._project else ""

    def learn_size(self, image: int, width: int, height: int) -> None:
        """The decoder has seen the file: keep its upright size, and clear what was wrong with it."""
        row = self.image(image)
        if (row.width, row.height, row.problem) != (width, height, ""):
            self.project.set_size(image, width, height)
            self._refresh_rows((image,))
            self.images_changed.emit()

    def learn_problem(self, image: int, problem: str) -> None:
        """The decoder could not read the file: the list shows why."""
        if self.image(image).problem != problem:
            self.project.set_problem(image, problem)
            self._refresh_rows((image,))
            self.images_changed.emit()

    # ------------------------------------------------------------------------------------------ within

    def _read(self) -> None:
        self._rows = self.project.images()
        self._index = {row.id: position for position, row in enumerate(self._rows)}
        self._classes = self.project.classes()
        self._labels = {}

    def _refresh_rows(self, images: Iterable[int]) -> None:
        rows = list(self._rows)
        for image in images:
            rows[self._index[image]] = self.project.image(image)
        self._rows = tuple(rows)

    def _announce(self, edit: Edit) -> None:
        images = tuple(dict.fromkeys(image for image in edit.images() if image in self._index))
        for image in images:
            self._labels[image] = self.project.labels(image)
        self._refresh_rows(images)
        classes = self.project.classes()
        if classes != self._classes:
            self._classes = classes
            self.classes_changed.emit()
        for image in images:
            self.labels_changed.emit(image)
        self.history_changed.emit()

    def _announce_all(self) -> None:
        self.images_changed.emit()
        self.classes_changed.emit()
        self.history_changed.emit()
