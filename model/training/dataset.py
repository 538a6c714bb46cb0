"""Labelled images as samples and batches, read ahead by a thread."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import torch

from model.data.images import ImageError
from model.network.roles import Role
from model.records import Box, LabelledImage, Snapshot, TrainSettings
from model.training.augmentations.augmentation import (
    Augmentation,
    Draw,
    Sample,
    Stage,
    bounding_boxes,
    ignoring,
)
from model.training.augmentations.registry import augmentations
from model.training.pixels import PixelCache, Pixels, pixels_of
from model.training.selection import NAMED, SMALLEST_PX, is_sound

AHEAD = 3  # batches read while one is learned
OTHERS_TRIED = 8  # for an augmentation that wants another image, where some cannot be read


class Loader:
    """Reads labelled images as samples. Class of a sample: position in the snapshot's classes.

    images: those that train. Augmentations that join several images take the others from them, so that nothing
    of a validation image is ever learned.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        settings: TrainSettings,
        cache: PixelCache,
        images: Sequence[LabelledImage],
    ) -> None:
        self._folder = snapshot.folder
        self._index = {c.id: position for position, c in enumerate(snapshot.classes)}
        self._settings = settings
        self._cache = cache
        self._images = tuple(images)
        self._position = {image.id: position for position, image in enumerate(self._images)}
        on = [row for row in augmentations() if row.is_on(settings)]
        self._placing = tuple(row for row in on if row.stage is Stage.PLACE)
        self._rest = tuple(row for row in on if row.stage is not Stage.PLACE)

    def sample(self, image: LabelledImage, seed: str, unreadable: Unreadable | None = None) -> Sample:
        """An augmented sample. What is drawn follows from the seed alone. Raises ImageError.

        Other images that were to be in it and cannot be read are told to `unreadable`, and others taken.
        """
        told = unreadable or Unreadable()
        return without_thin(self._augmented(self._placed(image, seed, told), self._rest, image, seed, told))

    def plain(self, image: LabelledImage) -> Sample:
        """The image as it lies in the cache, boxes clipped to it. Raises ImageError."""
        pixels = pixels_of(self._cache, self._folder, image)
        height, width = pixels.image.shape[:2]
        found = [
            (xyxy, self._index.get(box.label, 0), role)
            for box, role in self._boxes(image)
            if (xyxy := _placed(box, pixels))
        ]
        return Sample(
            torch.from_numpy(pixels.image).permute(2, 0, 1),
            bounding_boxes(torch.tensor([xyxy for xyxy, _, _ in found]).reshape(-1, 4), (height, width)),
            torch.tensor([label for _, label, _ in found], dtype=torch.int64),
            torch.tensor([role for _, _, role in found], dtype=torch.int64),
            torch.ones(len(found)),
        )

    def _boxes(self, image: LabelledImage) -> Iterator[tuple[Box, Role]]:
        """What is said of an image. Areas need no class; objects of a class that is no longer there are left out."""
        for box in image.boxes:
            role = role_of(box, self._settings)
            if role is Role.REGION or box.label in self._index:
                yield box, role
        for box in image.rejected:
            yield box, Role.REJECTED

    def _placed(self, image: LabelledImage, seed: str, unreadable: Unreadable) -> Sample:
        """The image after the augmentations of one image alone. Raises ImageError."""
        return self._augmented(self.plain(image), self._placing, image, seed, unreadable)

    def _augmented(
        self,
        sample: Sample,
        rows: Sequence[Augmentation],
        image: LabelledImage,
        seed: str,
        unreadable: Unreadable,
    ) -> Sample:
        for row in rows:
            own = f"{seed} {row.name}"
            # the others are drawn from a generator of their own: one that cannot be read changes nothing else
            another = partial(self._another, image, random.Random(f"{own} others"), unreadable)
            sample = row.apply(sample, self._settings, Draw(random.Random(own), another))
        return sample

    def _another(self, image: LabelledImage, rng: random.Random, unreadable: Unreadable) -> Sample | None:
        """Another training image, or the same where there is no other; None where none of many can be read."""
        for _ in range(OTHERS_TRIED if self._images else 0):
            step = rng.randrange(1, max(2, len(self._images)))
            other = self._images[(self._position.get(image.id, 0) + step) % len(self._images)]
            try:
                return self._placed(other, str(rng.getrandbits(64)), unreadable)
            except ImageError as error:
                unreadable.add(error)
        return None


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
                samples.append(loader.sample(image, seed, unreadable))
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
    if box.ignore:
        return Role.REGION
    return Role.IGNORED if box.difficult and settings.difficult == "ignore" else Role.OBJECT
