"""Copy-paste: boxes of another image in free places of this one, larger or smaller, with soft edges."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import torch
from torch import Tensor

from model.network.boxes import area, pairwise_intersection
from model.network.roles import Role
from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.scale import resized
from model.training.augmentations.slivers import covered, cut, joined

MOST = 3  # boxes pasted
LEAST_PX = 8.0  # a thinner box shows too little to be recognised elsewhere
WHOLE = 0.9  # seen of a box, at least: half an object is none in the midst of an image
SCALES = (0.7, 1.4)
LARGEST = 0.5  # of the image's sides: larger ones leave nothing of it
MARGIN = 0.15  # of the box's shorter side, around it: what fades into the image
LEAST_MARGIN_PX = 2
TRIES = 20  # for a free place
TOUCHING = 0.05  # of the smaller of two boxes: the largest overlap of a free place


def copy_paste(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """After Dwibedi, Misra, Hebert 2017, "Cut, Paste and Learn" (arXiv:1708.01642).

    There masks are pasted; here boxes with what is around the object in them. Their edges fade out, or the
    seam is what is learned (their section 5.2). A box comes with every other box that lies in it.
    """
    rng = draw.rng
    if rng.random() >= settings.copy_paste or LARGEST * min(sample.size) < LEAST_PX:
        return sample
    other = draw.another()
    if other is None:
        return sample
    sides = (other.boxes[:, 2:] - other.boxes[:, :2]).as_subclass(Tensor)
    good = (other.roles == Role.OBJECT) & (other.seen >= WHOLE) & (sides >= LEAST_PX).all(dim=1)
    candidates = good.nonzero().flatten().tolist()
    for index in rng.sample(candidates, min(len(candidates), rng.randint(1, MOST))):
        sample = _pasted(sample, *_lifted(other, index, sample.size, rng), rng)
    return sample


def _lifted(
    other: Sample, index: int, size: tuple[int, int], rng: random.Random
) -> tuple[Sample, tuple[int, int, int, int]]:
    """A box with a margin, scaled, and where the box lies in it: left, top, right, bottom px."""
    xmin, ymin, xmax, ymax = other.boxes[index].tolist()
    margin = max(LEAST_MARGIN_PX, round(MARGIN * min(xmax - xmin, ymax - ymin)))
    left, top = math.floor(max(0, xmin - margin)), math.floor(max(0, ymin - margin))
    right = math.ceil(min(other.size[1], xmax + margin))
    bottom = math.ceil(min(other.size[0], ymax + margin))
    part = cut(other, top, left, bottom - top, right - left)
    factor = math.exp(rng.uniform(math.log(SCALES[0]), math.log(SCALES[1])))
    factor = min(factor, LARGEST * size[0] / part.size[0], LARGEST * size[1] / part.size[1])
    smaller = resized(part, (max(1, round(part.size[0] * factor)), max(1, round(part.size[1] * factor))))
    y, x = smaller.size[0] / part.size[0], smaller.size[1] / part.size[1]
    inner = (
        math.floor((xmin - left) * x),
        math.floor((ymin - top) * y),
        min(smaller.size[1], math.ceil((xmax - left) * x)),
        min(smaller.size[0], math.ceil((ymax - top) * y)),
    )
    return smaller, inner


def _pasted(sample: Sample, part: Sample, inner: tuple[int, int, int, int], rng: random.Random) -> Sample:
    """The sample with a part in a free place, or as it was where no such place was found."""
    (high, wide), (left, top, right, bottom) = part.size, inner
    places = [
        (rng.randint(0, sample.size[1] - wide), rng.randint(0, sample.size[0] - high)) for _ in range(TRIES)
    ]
    free = _free(sample, torch.tensor([(x, y, x + wide, y + high) for x, y in places]).float())
    if not bool(free.any()):
        return sample
    x, y = places[int(free.int().argmax())]  # the first
    image = sample.image.clone()
    under = image[:, y : y + high, x : x + wide]
    mask = torch.outer(_fading(high, top, bottom), _fading(wide, left, right))
    under.copy_(torch.lerp(under.float(), part.image.float(), mask).round_())
    rest = covered(replace(sample, image=image), y + top, x + left, bottom - top, right - left)
    # of what stands in the margin a part has faded: only what is in the box counts
    inside = cut(part, top, left, bottom - top, right - left)
    return joined(image, (rest, 0, 0), (inside, x + left, y + top))


def _free(sample: Sample, places: Tensor) -> Tensor:
    """Which places (P, 4) overlap none of the sample's boxes, whatever their role: (P,)."""
    boxes = sample.boxes.as_subclass(Tensor)
    shared = pairwise_intersection(boxes[None], places)[0]  # (M, P)
    return (shared <= TOUCHING * torch.minimum(area(boxes)[:, None], area(places))).all(dim=0)


def _fading(length: int, start: int, end: int) -> Tensor:
    """(length,): 1 from start to end, falling to 0 at both ends."""
    at = torch.arange(length) + 0.5
    rising = at / start if start else torch.ones(length)
    falling = (length - at) / (length - end) if end < length else torch.ones(length)
    return torch.minimum(rising, falling).clamp(max=1)


AUGMENTATION = Augmentation("copy-paste", Stage.JOIN, 4, ("copy_paste",), copy_paste)
