"""Which images an epoch shows, in which order, and the seed of what is drawn for each."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from model.records import LabelledImage, TrainSettings

LEAST_STEPS = 16  # of an epoch: few images are shown several times, or ten images would be one step


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
