"""A snapshot of the labels as samples and batches. What cannot be learned is left out, and said."""

from __future__ import annotations

import math
import random
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch

from model.data.images import ImageError
from model.data.splits import split
from model.discover import discover
from model.network.preprocess import resized_size
from model.records import Box, LabelledImage, Snapshot, TrainSettings
from model.training import augmentations
from model.training.augmentations.augmentation import Sample, bounding_boxes
from model.training.errors import TrainingError
from model.training.pixels import PixelCache, Pixels

LEAST_STEPS = 16  # of an epoch: few images are shown several times, or ten images would be one step
SMALLEST_PX = 2.0  # of the resized image: a thinner box shows nothing that could be learned
AHEAD = 3  # batches read while one is learned
NAMED = 10  # files named in notes, the rest is counted

AUGMENTATIONS = tuple(sorted(discover(augmentations, "AUGMENTATION"), key=lambda each: each.order))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images are learned from and which measured on. notes: what was left out and why, for a person."""

    train: tuple[LabelledImage, ...]
    val: tuple[LabelledImage, ...]
    notes: tuple[str, ...]


def select(snapshot: Snapshot, settings: TrainSettings) -> Selection:
    """Split what is labelled. Raises TrainingError when there is nothing to learn from."""
    labelled = snapshot.labelled()
    if not any(image.boxes for image in labelled):
        raise TrainingError("There is nothing to learn from yet: no image has a box. Draw some boxes first.")
    train, val = split(labelled, settings.validation_share)
    if not any(_is_sound(box) for image in train for box in image.boxes):
        raise TrainingError(
            "There is nothing to learn from: all boxes are on images kept for validation or test. "
            "Draw boxes on more images."
        )
    known = {c.id for c in snapshot.classes}
    notes = list(_few(train, settings))
    broken = [
        f"{i.path}: box {n}" for i in labelled for n, box in enumerate(i.boxes, 1) if not _is_sound(box)
    ]
    if broken:
        notes.append(f"Left out, because they have no area: {_named(broken)}.")
    strange = [i.path for i in labelled if any(box.label not in known for box in i.boxes)]
    if strange:
        notes.append(f"Left out, because their class is no longer there: boxes of {_named(strange)}.")
    if thin := sum(_is_thin(box, image, settings) for image in train for box in image.boxes):
        side = settings.architecture.long_side
        boxes = "box is" if thin == 1 else "boxes are"
        notes.append(
            f"{thin} {boxes} thinner than {SMALLEST_PX:g} px once images are {side} px long, too small to "
            "learn; a preset with larger images sees them."
        )
    return Selection(tuple(train), tuple(val), tuple(notes))


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
            torch.tensor([box.difficult for box, _ in boxes], dtype=torch.bool),
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


def order_of(
    images: Sequence[LabelledImage], settings: TrainSettings, epoch: int
) -> list[list[tuple[LabelledImage, str]]]:
    """The batches of an epoch: images, each with the seed of what is drawn for it.

    Everything follows from (settings.seed, epoch, image), nothing from what was drawn before: so a resumed
    run sees what an uninterrupted one would have seen.
    """
    passes = max(1, math.ceil(LEAST_STEPS * settings.batch_size / len(images)))
    seen: list[tuple[LabelledImage, str]] = []
    for number in range(passes):
        once = list(images)
        random.Random(f"{settings.seed} {epoch} {number}").shuffle(once)
        seen += [(image, f"{settings.seed} {epoch} {number} {image.id}") for image in once]
    size = settings.batch_size
    if passes > 1:  # a whole number of passes need not be kept to the last image
        del seen[max(LEAST_STEPS * size, len(images)) :]
    return [seen[start : start + size] for start in range(0, len(seen), size)]


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
    return Sample(
        sample.image, sample.boxes, sample.labels, sample.ignored | (sides < SMALLEST_PX).any(dim=1)
    )


def _is_sound(box: Box) -> bool:
    return all(map(math.isfinite, box.xyxy)) and box.width > 0 and box.height > 0


def _placed(box: Box, pixels: Pixels) -> tuple[float, float, float, float] | None:
    """A box in px of the cached image, clipped to it; None where nothing is left."""
    if not _is_sound(box):
        return None
    (height, width), (rows, columns) = pixels.size, pixels.image.shape[:2]
    xmin, xmax = (min(max(x, 0.0), width) * columns / width for x in (box.xmin, box.xmax))
    ymin, ymax = (min(max(y, 0.0), height) * rows / height for y in (box.ymin, box.ymax))
    return (xmin, ymin, xmax, ymax) if xmax > xmin and ymax > ymin else None


def _is_thin(box: Box, image: LabelledImage, settings: TrainSettings) -> bool:
    if not _is_sound(box) or not image.width or not image.height:
        return False
    architecture = settings.architecture
    resized = resized_size((image.height, image.width), architecture.short_side, architecture.long_side)
    scale = resized[1] / image.width
    return min(box.width, box.height) * scale < SMALLEST_PX


def _few(train: Sequence[LabelledImage], settings: TrainSettings) -> Iterator[str]:
    shown = LEAST_STEPS * settings.batch_size / len(train)
    if shown > 1:
        yield f"There are few images: to have {LEAST_STEPS} steps, an epoch shows each {shown:.1f} times."


def _named(items: Sequence[str]) -> str:
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return ", ".join(items[:NAMED]) + more
