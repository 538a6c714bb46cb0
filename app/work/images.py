"""Pictures for the screen: decoded on threads of their own, the newest first, the neighbours ahead."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.work.decoded import DecodedImages, Picture, ReadPicture, read_picture_file, to_qimage
from app.work.job import attempt
from app.work.thumbnails import ThumbnailFiles, shrink
from app.work.workers import Workers

PICTURE_BYTES = 512 << 20  # of decoded pictures: one of 24 megapixels and its neighbours on both sides
THUMBNAILS = 500  # kept in memory, some 50 MB
WAITING_THUMBNAILS = 300  # some screens of them; what has scrolled away is asked for again when it comes back


@dataclass(frozen=True, slots=True, eq=False)
class ReadyImage:
    """A decoded image. pixels (H, W, 3) uint8 RGB, upright, read-only; qimage the same, 32 bits a pixel."""

    image: int
    path: Path
    pixels: np.ndarray
    qimage: QImage


@dataclass(frozen=True, slots=True, eq=False)
class _Message:
    """From a worker thread to the window's. project tells answers for a project that was closed since."""

    project: int
    image: int
    path: Path
    answer: Picture | QImage | str


class ImageWork(QObject):
    """Decodes what is looked at, what comes next, and thumbnails. An image is asked for by id and path."""

    ready = Signal(object)  # ReadyImage: the one last requested
    failed = Signal(int, str)  # the one last requested cannot be read, and why
    size_learned = Signal(int, int, int)  # image, width, height in px, upright
    warned = Signal(str)  # part of the picture in view is missing: a sentence, once for each file
    problem_learned = Signal(int, str)  # image, why it cannot be read; from thumbnails and prefetching, too
    thumbnail_ready = Signal(int, QImage)

    _decoded = Signal(object)
    _shrunk = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        read: ReadPicture = read_picture_file,
        threads: int = 2,
    ) -> None:
        super().__init__(parent)
        self._pictures = DecodedImages(PICTURE_BYTES, read)
        self._workers = Workers("decoding", threads)
        self._thumbnail_workers = Workers("making thumbnails", nice=10, limit=WAITING_THUMBNAILS)
        self._files: ThumbnailFiles | None = None
        self._thumbnails: OrderedDict[int, QImage] = OrderedDict()
        self._project = 0
        self._warned: set[Path] = set()
        self._wanted: tuple[int, Path] | None = None
        self._ahead: tuple[tuple[int, Path], ...] = ()
        self._decoded.connect(self._on_decoded)
        self._shrunk.connect(self._on_shrunk)

    # -------------------------------------------------------------------------------------- the project

    def open(self, folder: Path | None, home: Path | None) -> None:
        """Another project is open, or none: what was asked for and kept belongs to the old one."""
        self._project += 1
        self._wanted, self._ahead = None, ()
        self._workers.clear()
        self._thumbnail_workers.clear()
        self._pictures.clear()
        self._thumbnails.clear()
        self._files = ThumbnailFiles(home / "thumbnails", folder) if folder and home else None

    def close(self) -> bool:
        """Stop, when the window closes; whether all threads are gone."""
        return self._workers.close() & self._thumbnail_workers.close()

    # -------------------------------------------------------------------------------------- the image in view

    def request(self, image: int, path: Path) -> None:
        """Show this one. `ready` comes at once when it is decoded; a request not begun yet is forgotten."""
        self._wanted = (image, path)
        self._ahead = tuple(other for other in self._ahead if other[0] != image)
        picture = self._pictures.get(path)
        self._plan()
        if picture is not None:
            self._announce(image, path, picture)

    def prefetch(self, images: Sequence[tuple[int, Path]]) -> None:
        """Decode these after the image in view, the first first: the next two and the previous one, say."""
        self._ahead = tuple(other for other in images if other != self._wanted)
        self._plan()

    def pixels(self, image: int) -> np.ndarray | None:
        """The pixels of the image in view, once they are there."""
        if self._wanted is None or self._wanted[0] != image:
            return None
        picture = self._pictures.get(self._wanted[1])
        return None if picture is None else picture.pixels

    def read(self, path: Path) -> np.ndarray:
        """(H, W, 3) uint8 RGB, from memory or decoded now. For other worker threads. Raises ImageError."""
        return self._pictures.pixels(path)

    def _plan(self) -> None:
        """Replace what waits: the image in view, then those ahead. What is being decoded goes on."""
        in_order = ((self._wanted,) if self._wanted else ()) + self._ahead
        self._pictures.keep([path for _, path in in_order])
        self._workers.clear()
        for image, path in reversed(in_order):  # the newest task is taken first
            self._workers.put(path, partial(self._decode, image, path, self._project))

    def _decode(self, image: int, path: Path, project: int) -> None:
        """On a worker thread."""

        def work() -> None:
            self._decoded.emit(_Message(project, image, path, self._pictures.load(path)))

        failure = attempt(work, f"decoding “{path.name}”")
        if failure is not None:
            self._decoded.emit(_Message(project, image, path, failure.sentence))

    def _on_decoded(self, message: _Message) -> None:
        if message.project != self._project:
            return
        is_wanted = self._wanted == (message.image, message.path)
        if isinstance(message.answer, str):
            self.problem_learned.emit(message.image, message.answer)
            if is_wanted:
                self.failed.emit(message.image, message.answer)
        elif is_wanted and isinstance(message.answer, Picture):
            self._announce(message.image, message.path, message.answer)

    def _announce(self, image: int, path: Path, picture: Picture) -> None:
        height, width = picture.pixels.shape[:2]
        self.size_learned.emit(image, width, height)
        self.ready.emit(ReadyImage(image, path, picture.pixels, picture.qimage))
        if picture.warning and path not in self._warned:
            self._warned.add(path)
            self.warned.emit(picture.warning)

    # -------------------------------------------------------------------------------------- thumbnails

    def thumbnail(self, image: int) -> QImage | None:
        """The thumbnail, if it is in memory: to paint a list, or while a slow image is being decoded."""
        if image in self._thumbnails:
            self._thumbnails.move_to_end(image)
        return self._thumbnails.get(image)

    def request_thumbnail(self, image: int, path: Path) -> None:
        """Make one, the newest request first. Cheap to repeat: ask whenever a missing one is painted."""
        if image not in self._thumbnails:
            task = partial(self._shrink, image, path, self._project, self._files)
            self._thumbnail_workers.put(image, task)

    def _shrink(self, image: int, path: Path, project: int, files: ThumbnailFiles | None) -> None:
        """On the thumbnails' thread."""

        def work() -> None:
            pixels = files.read(path) if files else None
            if pixels is None:
                pixels = shrink(self._pictures.pixels_once(path))
                if files:
                    files.write(path, pixels)
            self._shrunk.emit(_Message(project, image, path, to_qimage(pixels)))

        failure = attempt(work, f"making a thumbnail of “{path.name}”")
        if failure is not None:
            self._shrunk.emit(_Message(project, image, path, failure.sentence))

    def _on_shrunk(self, message: _Message) -> None:
        if message.project != self._project:
            return
        if isinstance(message.answer, str):
            self.problem_learned.emit(message.image, message.answer)
        elif isinstance(message.answer, QImage):
            self._thumbnails[message.image] = message.answer
            while len(self._thumbnails) > THUMBNAILS:
                self._thumbnails.popitem(last=False)
            self.thumbnail_ready.emit(message.image, message.answer)
