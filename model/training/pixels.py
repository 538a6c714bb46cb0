"""Decoded images, small and ready for the next epoch, within a budget of memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.data.images import ImageError, read_image
from model.network.preprocess import resize, resized_size
from model.records import Architecture, LabelledImage, TrainSettings

LARGEST_BUDGET = 3 << 30  # bytes
UNKNOWN_MEMORY = 4 << 30  # bytes, taken for the machine's where it does not say


class Pixels(NamedTuple):
    """An image, perhaps smaller than its file."""

    image: np.ndarray  # (H, W, 3) uint8 RGB; shared by all who ask: nobody writes into it
    size: tuple[int, int]  # (H, W) px of the file's image: the frame of the labels


def memory_bytes() -> int:
    """The machine's memory."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return UNKNOWN_MEMORY


def budget_bytes() -> int:
    """How much of the machine's memory the images of a run may take."""
    return min(memory_bytes() // 5, LARGEST_BUDGET)


class PixelCache:
    """Images at an architecture's size times `enlarge`, never larger than they are. Threads may share it.

    Epochs read everything in turn, where forgetting the oldest would forget each image just before it is
    wanted: so what came first stays, and what does not fit the budget is decoded each time.
    """

    def __init__(
        self,
        architecture: Architecture,
        budget: int,
        enlarge: float = 1.0,
        read: Callable[[Path], np.ndarray] = read_image,
    ) -> None:
        self._short, self._long = architecture.short_side * enlarge, architecture.long_side * enlarge
        self._budget = budget
        self._read = read
        self._held: dict[Path, tuple[tuple[int, int], Pixels]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, path: Path) -> Pixels:
        """The image of a file, decoded anew when the file has changed. Raises ImageError."""
        stamp = _stamp(path)
        with self._lock:
            held = self._held.get(path)
        if held is not None and held[0] == stamp:
            return held[1]
        image = self._read(path)
        size = (image.shape[0], image.shape[1])
        smaller = resized_size(size, self._short, self._long)  # type: ignore[arg-type]
        if smaller[0] * smaller[1] < size[0] * size[1]:
            image = resize(image, smaller)
        pixels = Pixels(image, size)
        with self._lock:
            if held := self._held.pop(path, None):
                self._bytes -= held[1].image.nbytes
            if self._bytes + image.nbytes <= self._budget:
                self._held[path] = (stamp, pixels)
                self._bytes += image.nbytes
        return pixels


def pixels_of(cache: PixelCache, folder: Path, image: LabelledImage) -> Pixels:
    """An image's pixels, where they are as large as its labels say. Raises ImageError.

    A file that was cropped or enlarged after it was labelled, or a data set that says the wrong size, would put
    every box in the wrong place.
    """
    pixels = cache(folder / image.path)
    height, width = pixels.size
    if image.width and image.height and (image.width, image.height) != (width, height):
        raise ImageError(
            f"{image.path}: it is {width} × {height} px, but its labels are for {image.width} × {image.height} px"
        )
    return pixels


def pixels_to_learn(settings: TrainSettings, budget: int) -> PixelCache:
    """The images of a run, as large as its scale jitter will want them."""
    return PixelCache(settings.architecture, budget, enlarge=max(1.0, settings.scale_jitter[1]))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)  # reading it will say what is wrong
    return (status.st_mtime_ns, status.st_size)
