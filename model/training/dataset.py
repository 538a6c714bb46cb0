"""Labelled images as samples and batches, read ahead by a thread."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import torch

from model.data.images import ImageError
from model.discover import discover
from model.network.roles import Role
from model.records import Box, LabelledImage, Snapshot, TrainSettings
from model.training import augmentations
from model.training.augmentations.augmentation import Sample, bounding_boxes, ignoring
from model.training.pixels import PixelCache, Pixels
from model.training.selection import NAMED, SMALLEST_PX, is_sound

AHEAD = 3  # batches read while one is learned

AUGMENTATIONS = tuple(sorted(discover(augmentations, "AUGMENTATION"), key=lambda each: each.order))


class Loader:
    """Reads labelled images as samples. Class of a sample: position in the snapshot's classes."""

    def __init__(self, snapshot: Snapshot, settings: TrainSettings, cache: PixelCache) -> None:
        self._folder = snapshot.folder
        self._index = {c.id: position for position, c in enumerate(snapshot.classes)}
        self._settings = settings
        self._cache = cache

    def sample(self, image: LabelledImage, seed: str) -> Sample:
        """An augmented sample. seed decides what is drawn. Raises ImageError."""
        sample = self.plain(image)
        rng = random.Random(seed)
        for augmentation in AUGMENTATIONS:
            sample = augmentation.apply(sample, self._settings, rng)
        return without_thin(sample)

    def plain(self, image: LabelledImage) -> Sample:
        """The image as it lies in the cache, boxes clipped to it. Raises ImageError."""
        pixels = self._cache(self._folder / image.path)
        boxes = [
            (box, xyxy) for box in image.boxes if box.label in self._index and (xyxy := _placed(box, pixels))
        ]
        height, width = pixels.image.shape[:2]
        return Sample(
            torch.from_numpy(pixels.image).permute(2, 0, 1),
            bounding_boxes(torch.tensor([xyxy for _, xyxy in boxes]).reshape(-1, 4), (height, width)),
            torch.tensor([self._index[box.label] for box, _ in boxes], dtype=torch.int64),
            torch.tensor([role_of(box, self._settings) for box, _ in boxes], dtype=torch.int64),
        )


class Unreadable:
    """Images that could not be read, each told once. One thread fills it, another empties it."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._new: list[str] = []
        self._lock = threading.Lock()

    def add(self, error: ImageError) -> None:
        with self._lock:
            if str(error) not in self._told:
                self._told.add(str(error))
                self._new.append(str(error))

    def take(self) -> tuple[str, ...]:
        """Notes about what has come up since the last call."""
        with self._lock:
            new, self._new = self._new, []
        more = (f"And {len(new) - NAMED} more images cannot be read.",) if len(new) > NAMED else ()
        return (*(f"Left out: {reason}" for reason in new[:NAMED]), *more)


def batches(
    loader: Loader, order: Sequence[Sequence[tuple[LabelledImage, str]]], unreadable: Unreadable
) -> Generator[list[Sample], None, None]:
    """The samples of each batch, read ahead by a thread. Images that cannot be read are missing from their
    batch, which may so be empty."""

    def read(batch: Sequence[tuple[LabelledImage, str]]) -> list[Sample]:
        samples = []
        for image, seed in batch:
            try:
                samples.append(loader.sample(image, seed))
            except ImageError as error:
                unreadable.add(error)
        return samples

    pool = ThreadPoolExecutor(1, "reading ahead")
    waiting: deque[Future[list[Sample]]] = deque()
    try:
        for batch in order:
            waiting.append(pool.submit(read, batch))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def without_thin(sample: Sample) -> Sample:
    """The sample, with boxes too thin to learn ignored."""
    sides = (sample.boxes[:, 2:] - sample.boxes[:, :2]).as_subclass(torch.Tensor)
    return replace(sample, roles=ignoring(sample.roles, (sides < SMALLEST_PX).any(dim=1)))


def _placed(box: Box, pixels: Pixels) -> tuple[float, float, float, float] | None:
    """A box in px of the cached image, clipped to it; None where nothing is left."""
    if not is_sound(box):
        return None
    (height, width), (rows, columns) = pixels.size, pixels.image.shape[:2]
    xmin, xmax = (min(max(x, 0.0), width) * columns / width for x in (box.xmin, box.xmax))
    ymin, ymax = (min(max(y, 0.0), height) * rows / height for y in (box.ymin, box.ymax))
    return (xmin, ymin, xmax, ymax) if xmax > xmin and ymax > ymin else None


def role_of(box: Box, settings: TrainSettings) -> Role:
    """What a label is to training."""
    return Role.IGNORED if box.difficult and settings.difficult == "ignore" else Role.OBJECT
