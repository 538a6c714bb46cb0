"""SSD's crop: a part of the image that overlaps some object by a drawn share at least."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from model.network.boxes import area, pairwise_intersection
from model.network.roles import Role
from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.slivers import LEARNED, cut

# Liu et al. 2016 (arXiv:1512.02325), section 2.2, as torchvision's RandomIoUCrop has it
OVERLAPS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)  # IoU of the part and an object, at least
SIDES = (0.3, 1.0)  # of the image's
TWICE = 2.0  # as wide or as high as the image's own shape, at most
WINDOWS = 40  # looked at; where none will do, the image stays whole


def crop(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """At least one object stays one that is learned. An image without objects gives any part of it.

    Small objects overlap no part by much: then another overlap is drawn.
    """
    if draw.rng.random() >= settings.crop:
        return sample
    overlaps = draw.rng.sample(OVERLAPS, len(OVERLAPS))
    windows = torch.tensor([_window(sample.size, draw.rng) for _ in range(WINDOWS)])  # (40, 4)
    objects = sample.roles == Role.OBJECT
    fit = torch.ones(WINDOWS, dtype=torch.bool)
    if bool(objects.any()):
        iou = _overlaps(windows.float(), sample.boxes[objects].as_subclass(Tensor), sample.seen[objects])
        fit = next((fit for least in overlaps if bool((fit := iou >= least).any())), ~fit)
    if not bool(fit.any()):
        return sample
    left, top, right, bottom = windows[fit][0].tolist()
    return cut(sample, top, left, bottom - top, right - left)


def _window(size: tuple[int, int], rng: random.Random) -> tuple[int, int, int, int]:
    """A part of an image (H, W): left, top, right, bottom px."""
    while True:
        high, wide = rng.uniform(*SIDES), rng.uniform(*SIDES)
        if 1 / TWICE <= wide / high <= TWICE:
            break
    height, width = max(1, round(size[0] * high)), max(1, round(size[1] * wide))
    top, left = rng.randint(0, size[0] - height), rng.randint(0, size[1] - width)
    return left, top, left + width, top + height


def _overlaps(windows: Tensor, boxes: Tensor, seen: Tensor) -> Tensor:
    """(W,): the largest IoU of each window (W, 4) and a box (M, 4) of which it leaves enough to be learned, or -1."""
    shared = pairwise_intersection(windows[None], boxes)[0]  # (W, M)
    iou = shared / (area(windows)[:, None] + area(boxes) - shared)
    return iou.masked_fill(seen * shared / area(boxes) < LEARNED, -1.0).amax(dim=1)


AUGMENTATION = Augmentation("crop", Stage.PLACE, 1, ("crop",), crop)
