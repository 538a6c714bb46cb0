"""Which images an epoch shows, in which order, and the seed of what is drawn for each."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from model.data.imbalance import repeats
from model.records import LabelledImage, TrainSettings

LEAST_STEPS = 16  # of an epoch: few images are shown several times, or ten images would be one step


def order_of(
    images: Sequence[LabelledImage], settings: TrainSettings, epoch: int
) -> list[list[tuple[LabelledImage, str]]]:
    """The batches of an epoch: images, each with the seed of what is drawn for it.

    Images of rare classes come as often as model.data.imbalance says; a factor of 2.3 is 2 in seven of ten epochs
    and 3 in the others ("stochastic rounding", as in LVIS), so epochs differ in length.
    Everything follows from (settings.seed, epoch, image), nothing from what was drawn before: so a resumed
    run sees what an uninterrupted one would have seen.
    """
    factors = repeats(images, settings)
    passes = max(1, math.ceil(LEAST_STEPS * settings.batch_size / len(images)))
    seen: list[tuple[LabelledImage, str]] = []
    for number in range(passes):
        drawn = f"{settings.seed} {epoch} {number}"
        once = [
            (image, f"{drawn} {image.id}" + f" {copy}" * (copy > 0))
            for image, factor in zip(images, factors, strict=True)
            for copy in range(_rounded(factor, f"{drawn} {image.id} copies"))
        ]
        random.Random(drawn).shuffle(once)
        seen += once
    size = settings.batch_size
    if passes > 1:  # a whole number of passes need not be kept to the last image
        del seen[max(LEAST_STEPS * size, len(once)) :]
    return [seen[start : start + size] for start in range(0, len(seen), size)]


def _rounded(factor: float, seed: str) -> int:
    """Up as often as the fraction says, else down."""
    whole = math.floor(factor)
    return whole + (factor > whole and random.Random(seed).random() < factor - whole)
