"""MixUp: two images over each other, as two slides in one projector, with the boxes of both."""

from __future__ import annotations

import cv2

from model.records import TrainSettings
from model.training.augmentations.arrays import blank, to_array, to_image
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.slivers import cut, joined

LEAST = 0.3  # of either image in each pixel


def mixup(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Zhang, He, Zhang, Zhang, Xie, Li 2019 (arXiv:1902.04103), section 3.1. The image keeps its size.

    Neither image is distorted: the other is cut where it is larger and has the mean colour around it where it
    is smaller. The paper draws the images' shares from Beta(1.5, 1.5), and its code weighs each box's loss by
    them. Here every box counts in full, so the same distribution is drawn over 0.3..0.7, where both images
    can be seen.
    """
    rng = draw.rng
    if rng.random() >= settings.mixup:
        return sample
    share = LEAST + (1 - 2 * LEAST) * rng.betavariate(1.5, 1.5)
    other = draw.another()
    if other is None:
        return sample
    y, x = (mine - theirs for mine, theirs in zip(sample.size, other.size, strict=True))
    y, x = rng.randint(min(0, y), max(0, y)), rng.randint(min(0, x), max(0, x))
    high, wide = (min(mine, theirs) for mine, theirs in zip(sample.size, other.size, strict=True))
    part, top, left = cut(other, max(0, -y), max(0, -x), high, wide), max(0, y), max(0, x)
    second = blank(sample.size)
    second[:, top : top + high, left : left + wide] = part.image
    mixed = cv2.addWeighted(to_array(sample.image), share, to_array(second), 1 - share, 0)
    return joined(to_image(mixed), (sample, 0, 0), (part, left, top))


AUGMENTATION = Augmentation("mixup", Stage.JOIN, 2, ("mixup",), mixup)
