"""Decoded pictures in memory, for the screen and the detector: a file is decoded once while it is wanted."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

ReadPicture = Callable[[Path], tuple[np.ndarray, str]]
Stamp = tuple[int, int]  # mtime in ns, size in bytes: another stamp is another picture


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One decoded file. pixels (H, W, 3) uint8 RGB, read-only; qimage the same, as the screen wants it."""

    pixels: np.ndarray
    qimage: QImage
    stamp: Stamp | None
    warning: str = ""  # a sentence where part of it is missing

    @property
    def bytes(self) -> int:
        return int(self.pixels.nbytes) + self.qimage.sizeInBytes()


def to_qimage(pixels: np.ndarray) -> QImage:
    """(H, W, 3) uint8 RGB -> a QImage that owns its memory, 32 bits a pixel: Qt paints these fastest."""
    import cv2

    height, width = pixels.shape[:2]
    qimage = QImage(width, height, QImage.Format.Format_RGB32)
    target = np.frombuffer(qimage.bits(), np.uint8).reshape(height, width, 4)  # such rows are never padded
    cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA, dst=target)
    return qimage


def stamp_of(path: Path) -> Stamp | None:
    """None where there is no such file, or none that can be asked."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size)


def read_picture_file(path: Path) -> tuple[np.ndarray, str]:
    """Pixels and a warning. Imports the one reader on a worker thread: OpenCV would delay the window."""
    from model.data.images import read_picture

    picture = read_picture(path)
    return picture.pixels, picture.warning


class DecodedImages:
    """A cache that any thread may use. What was not used for longest goes first, within a number of bytes.

    Two threads that want the same file at the same time decode it once.
    """

    def __init__(self, limit_bytes: int, read: ReadPicture = read_picture_file) -> None:
        self._limit = limit_bytes
        self._read = read
        self._changed = threading.Condition()
        self._pictures: OrderedDict[Path, Picture] = OrderedDict()  # the most recently used is last
        self._under_way: set[Path] = set()
        self._kept: tuple[Path, ...] = ()
        self._bytes = 0

    def keep(self, paths: Sequence[Path]) -> None:
        """What should stay: the picture on screen first, then its neighbours. The rest makes room."""
        with self._changed:
            self._kept = tuple(paths)

    def get(self, path: Path) -> Picture | None:
        """The picture, if it is here and its file has not changed since."""
        stamp = stamp_of(path)
        with self._changed:
            picture = self._pictures.get(path)
            if picture is None:
                return None
            if picture.stamp != stamp:
                self._drop(path)
                return None
            self._pictures.move_to_end(path)
            return picture

    def load(self, path: Path) -> Picture:
        """The picture, decoded now if need be. Slow: for worker threads. Raises ImageError, a sentence."""
        with self._changed:
            while path in self._under_way:
                self._changed.wait()
            self._under_way.add(path)
        try:
            return self.get(path) or self._decode(path)
        finally:
            with self._changed:
                self._under_way.discard(path)
                self._changed.notify_all()

    def pixels(self, path: Path) -> np.ndarray:
        """(H, W, 3) uint8 RGB, read-only; as load."""
        return self.load(path).pixels

    def pixels_once(self, path: Path) -> np.ndarray:
        """As pixels, without keeping what had to be decoded: for one thumbnail of a long list."""
        picture = self.get(path)
        return picture.pixels if picture is not None else self._read(path)[0]

    def clear(self) -> None:
        with self._changed:
            self._pictures.clear()
            self._kept = ()
            self._bytes = 0

    def _decode(self, path: Path) -> Picture:
        stamp = stamp_of(path)  # taken before reading: a file that changes meanwhile is read again
        pixels, warning = self._read(path)
        pixels.flags.writeable = False
        picture = Picture(pixels, to_qimage(pixels), stamp, warning)
        with self._changed:
            self._store(path, picture)
        return picture

    def _store(self, path: Path, picture: Picture) -> None:
        self._drop(path)
        self._pictures[path] = picture
        self._bytes += picture.bytes
        for other in tuple(self._pictures):
            if self._bytes > self._limit and other != path and other not in self._kept:
                self._drop(other)
        if self._bytes > self._limit and path not in self._kept[:1]:
            self._drop(path)  # pictures so large that the neighbours do not fit beside the one on screen

    def _drop(self, path: Path) -> None:
        picture = self._pictures.pop(path, None)
        if picture is not None:
            self._bytes -= picture.bytes
