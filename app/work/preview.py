"""Drawing augmented pictures beside the window, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.work.newest import NewestJob
from app.work.training import NICE, TrainingWork
from app.work.warm_up import load_torch
from model.records import TrainSettings
from model.records.preview import Picture

Draws = Callable[[Path, TrainSettings, int], Iterator[Picture | str]]


def preview_folder(folder: Path, settings: TrainSettings, start: int) -> Iterator[Picture | str]:
    """Eight pictures as training on the labels of a folder would see them, from this number on, and notes."""
    load_torch()
    from model.data.project import Project
    from model.training.preview import preview

    with Project.open(folder) as project:
        snapshot = project.snapshot()
    yield from preview(snapshot, settings, start)


class PreviewWork(QObject):
    """At most one drawing at a time; a new one takes the place of what goes on."""

    drawn = Signal(object)  # Picture
    noted = Signal(str)  # a sentence about an image that cannot be read
    ended = Signal()  # all pictures are drawn
    failed = Signal(str)  # a sentence

    def __init__(
        self,
        document: Document,
        training: TrainingWork,
        parent: QObject | None = None,
        draw: Draws = preview_folder,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._training = training
        self._draw = draw
        self._job = NewestJob("drawing the preview", NICE, self)
        self._job.yielded.connect(self._on_yielded)
        self._job.failed.connect(self.failed)
        self._job.ended.connect(self.ended)

    @property
    def is_running(self) -> bool:
        return self._job.is_running

    def start(self, number: int = 0) -> None:
        """Draw what the planned run would see, from this picture on: the signals tell, unless it is cancelled."""
        self.cancel()
        if not self._document.is_open:
            return
        folder, settings = self._document.folder, self._training.plan
        self._job.start(lambda: self._draw(folder, settings, number))

    def cancel(self) -> None:
        """Nothing more is told; the thread ends after the picture that it is at."""
        self._job.cancel()

    def on_opened(self, folder: Path | None) -> None:
        """Pictures of another folder are of no use."""
        self.cancel()

    # -------------------------------------------------------------------------------------- within

    def _on_yielded(self, value: Picture | str) -> None:
        if isinstance(value, str):
            self.noted.emit(value)
        else:
            self.drawn.emit(value)
