"""Scale jitter: the image at the recipe's size, a little smaller, or a little larger and cut to that size."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from model.network.preprocess import resized_size
from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Sample, bounding_boxes, ignoring

# What is left of a box after a cut tells less and less what it was. With under 0.4 of its area inside, it
# is ignored, not dropped: as background the network would unlearn the object that can still be seen a
# little.
LEAST_INSIDE = 0.4


def scale(sample: Sample, settings: TrainSettings, rng: random.Random) -> Sample:
    """Resize by a factor drawn evenly on a log scale; what does not fit the recipe's size is cut off."""
    lowest, highest = settings.scale_jitter
    factor = math.exp(rng.uniform(math.log(lowest), math.log(highest)))
    whole = resized_size(sample.size, settings.architecture.short_side, settings.architecture.long_side)
    size = (max(1, round(whole[0] * factor)), max(1, round(whole[1] * factor)))
    if size != sample.size:
        # bilinear with antialiasing, which torchvision computes on uint8 as such
        sample = replace(
            sample, image=F.resize(sample.image, list(size)), boxes=F.resize(sample.boxes, list(size))
        )
    top = rng.randint(0, max(0, size[0] - whole[0]))
    left = rng.randint(0, max(0, size[1] - whole[1]))
    return cut(sample, top, left, min(size[0], whole[0]), min(size[1], whole[1]))


def cut(sample: Sample, top: int, left: int, height: int, width: int) -> Sample:
    """The part of an image that begins at (left, top) px. Boxes are clipped to it; those wholly outside are
    gone, and slivers are ignored."""
    if (height, width) == sample.size:
        return sample
    image = F.crop(sample.image, top, left, height, width)
    moved = sample.boxes.as_subclass(Tensor) - torch.tensor([left, top, left, top])
    boxes = F.clamp_bounding_boxes(bounding_boxes(moved, (height, width)))
    before, inside = _area(sample.boxes), _area(boxes)
    some = inside > 0
    return Sample(
        image,
        bounding_boxes(boxes[some], (height, width)),
        sample.labels[some],
        ignoring(sample.roles, inside < LEAST_INSIDE * before)[some],
    )


def _area(boxes: Tensor) -> Tensor:
    """Areas (M,) of boxes (M, 4)."""
    return (boxes[:, 2:] - boxes[:, :2]).as_subclass(Tensor).prod(dim=1)


AUGMENTATION = Augmentation("scale", 1, scale)
