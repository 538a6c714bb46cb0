"""Mosaic: four images side by side, each at half its size or more, meeting in a drawn point."""

from __future__ import annotations

import math
import random

from model.records import TrainSettings
from model.training.augmentations.arrays import blank
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.scale import resized
from model.training.augmentations.slivers import cut, joined

MIDDLE = (0.3, 0.7)  # of the image's sides: where the four meet
SMALLEST_PX = 16  # of the image's sides: a smaller one is not divided


def mosaic(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Bochkovskiy, Wang, Liao 2020 (arXiv:2004.10934), section 3.3. The image keeps its size.

    Each of the four is shrunk by a drawn factor, as far as it still fills its quarter, and cut to it.
    """
    rng = draw.rng
    if rng.random() >= settings.mosaic or min(sample.size) < SMALLEST_PX:
        return sample
    (height, width), others = sample.size, [draw.another() for _ in range(3)]
    y, x = round(height * rng.uniform(*MIDDLE)), round(width * rng.uniform(*MIDDLE))
    four = [sample, *(other for other in others if other is not None)]
    if len(four) < 4:
        return sample
    rng.shuffle(four)
    quarters = ((0, 0, y, x), (0, x, y, width - x), (y, 0, height - y, x), (y, x, height - y, width - x))
    image, parts = blank(sample.size), []
    for each, (top, left, high, wide) in zip(four, quarters, strict=True):
        part = _filling(each, high, wide, rng)
        image[:, top : top + high, left : left + wide] = part.image
        parts.append((part, left, top))
    return joined(image, *parts)


def _filling(sample: Sample, height: int, width: int, rng: random.Random) -> Sample:
    """A part of the sample of just this size, the whole not enlarged unless it must be."""
    smallest = max(height / sample.size[0], width / sample.size[1])
    factor = math.exp(rng.uniform(math.log(smallest), max(0.0, math.log(smallest))))
    size = max(height, round(sample.size[0] * factor)), max(width, round(sample.size[1] * factor))
    top, left = rng.randint(0, size[0] - height), rng.randint(0, size[1] - width)
    return cut(resized(sample, size), top, left, height, width)


AUGMENTATION = Augmentation("mosaic", Stage.JOIN, 1, ("mosaic",), mosaic)
