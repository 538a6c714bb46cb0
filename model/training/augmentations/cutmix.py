"""CutMix: a part of another image over a part of this one."""

from __future__ import annotations

import math
from dataclasses import replace

from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.slivers import covered, cut, joined

SHARES = (0.1, 0.5)  # of the image's area: less shows nothing, more is another image


def cutmix(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Yun et al. 2019 (arXiv:1905.04899), whose part has the image's shape and an evenly drawn share of its area.

    There labels are mixed by area; here what is covered of a box, or lies beyond the part's edges, is lost to it.
    """
    rng = draw.rng
    if rng.random() >= settings.cutmix:
        return sample
    side = math.sqrt(rng.uniform(*SHARES))
    other = draw.another()
    if other is None:
        return sample
    high, wide = (
        max(1, min(round(side * mine), theirs)) for mine, theirs in zip(sample.size, other.size, strict=True)
    )
    top, left = rng.randint(0, sample.size[0] - high), rng.randint(0, sample.size[1] - wide)
    part = cut(other, rng.randint(0, other.size[0] - high), rng.randint(0, other.size[1] - wide), high, wide)
    image = sample.image.clone()
    image[:, top : top + high, left : left + wide] = part.image
    rest = covered(replace(sample, image=image), top, left, high, wide)
    return joined(image, (rest, 0, 0), (part, left, top))


AUGMENTATION = Augmentation("cutmix", Stage.JOIN, 3, ("cutmix",), cutmix)
