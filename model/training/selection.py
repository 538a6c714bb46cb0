"""Which of the labelled images train and which validate, and what is left out and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.data.division import divide
from model.data.imbalance import in_words, shares_of
from model.network.preprocess import resized_size
from model.records import Box, LabelledImage, Snapshot, TrainSettings
from model.records.words import named
from model.training.errors import TrainingError
from model.training.sampling import LEAST_STEPS

SMALLEST_PX = 2.0  # of the resized image: a thinner box shows nothing that could be learned
NAMED = 10  # files named in notes, the rest is counted


@dataclass(frozen=True, slots=True)
class Selection:
    """Which images are learned from and which measured on. notes: what was left out and why, for a person."""

    train: tuple[LabelledImage, ...]
    val: tuple[LabelledImage, ...]
    notes: tuple[str, ...]


def select(snapshot: Snapshot, settings: TrainSettings) -> Selection:
    """Split what is labelled. Raises TrainingError when there is nothing to learn from."""
    labelled = snapshot.labelled()
    if not any(image.objects for image in labelled):
        raise TrainingError("There is nothing to learn from yet: no image has a box. Draw some boxes first.")
    division = divide(snapshot, settings.validation_share)
    train, val = division.train, division.val
    if not any(is_sound(box) for image in train for box in image.objects):
        raise TrainingError(
            "There is nothing to learn from: all boxes are on images kept for validation or test. "
            "Draw boxes on more images."
        )
    known = {c.id for c in snapshot.classes}
    notes = [*division.notes, *_few(train, settings)]
    broken = [f"{i.path}: box {n}" for i in labelled for n, box in enumerate(i.boxes, 1) if not is_sound(box)]
    if broken:
        notes.append(f"Left out, because they have no area: {named(broken, NAMED)}.")
    strange = [i.path for i in labelled if any(box.label not in known for box in i.objects)]
    if strange:
        notes.append(f"Left out, because their class is no longer there: boxes of {named(strange, NAMED)}.")
    if thin := sum(_is_thin(box, image, settings) for image in train for box in image.objects):
        side = settings.architecture.long_side
        boxes = "box is" if thin == 1 else "boxes are"
        notes.append(
            f"{thin} {boxes} thinner than {SMALLEST_PX:g} px once images are {side} px long, too small to "
            "learn; a preset with larger images sees them."
        )
    if uneven := in_words(shares_of(snapshot.classes, train, settings), len(train), settings.repeat_rare):
        notes.append(uneven)
    return Selection(train, val, tuple(notes))


def is_sound(box: Box) -> bool:
    return all(map(math.isfinite, box.xyxy)) and box.width > 0 and box.height > 0


def _is_thin(box: Box, image: LabelledImage, settings: TrainSettings) -> bool:
    if not is_sound(box) or not image.width or not image.height:
        return False
    architecture = settings.architecture
    resized = resized_size((image.height, image.width), architecture.short_side, architecture.long_side)
    scale = resized[1] / image.width
    return min(box.width, box.height) * scale < SMALLEST_PX


def _few(train: Sequence[LabelledImage], settings: TrainSettings) -> Iterator[str]:
    shown = LEAST_STEPS * settings.batch_size / len(train)
    if shown > 1:
        yield f"There are few images: to have {LEAST_STEPS} steps, an epoch shows each {shown:.1f} times."
