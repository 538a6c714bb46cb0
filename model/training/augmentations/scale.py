"""Scale jitter: the image at the recipe's size, a little smaller, or a little larger and cut to that size."""

from __future__ import annotations

import math
from dataclasses import replace

from torchvision.transforms.v2 import functional as F

from model.network.preprocess import resized_size
from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.slivers import cut


def scale(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Resize by a factor drawn evenly on a log scale; what does not fit the recipe's size is cut off."""
    lowest, highest = settings.scale_jitter
    factor = math.exp(draw.rng.uniform(math.log(lowest), math.log(highest)))
    whole = resized_size(sample.size, settings.architecture.short_side, settings.architecture.long_side)
    size = (max(1, round(whole[0] * factor)), max(1, round(whole[1] * factor)))
    sample = resized(sample, size)
    top = draw.rng.randint(0, max(0, size[0] - whole[0]))
    left = draw.rng.randint(0, max(0, size[1] - whole[1]))
    return cut(sample, top, left, min(size[0], whole[0]), min(size[1], whole[1]))


def resized(sample: Sample, size: tuple[int, int]) -> Sample:
    """The whole sample at another size (H, W) px."""
    if size == sample.size:
        return sample
    # bilinear with antialiasing, which torchvision computes on uint8 as such
    return replace(sample, image=F.resize(sample.image, list(size)), boxes=F.resize(sample.boxes, list(size)))


AUGMENTATION = Augmentation("scale", Stage.PLACE, 3, ("scale_jitter",), scale)
