"""What becomes of a box of which only a part is left: one rule for every augmentation.

What counts is Sample.seen, the share of a box's area that can still be seen of what was labelled, after all
that has been done to the image so far. Boxes are clipped to what is left of them; then

    an object       with under 0.4 is ignored, with under 0.1 it is dropped
    an ignored one  with under 0.1 is dropped
    a region        is clipped, and stays as long as anything is left of it
    a rejected one  with under 0.5 is dropped: what was refused may have been in the other half

An ignored box is neither learned nor punished. As background, the network would unlearn objects of which a
part can be seen; as an object, it would learn to find boxes nobody can place. A tenth is background to anyone.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from model.network.boxes import area, clip
from model.network.roles import Role
from model.training.augmentations.augmentation import Sample, bounding_boxes, ignoring

LEARNED = 0.4  # seen of an object, at least: less is ignored
KEPT = 0.1  # seen of an object or an ignored one, at least: less is dropped
REFUSED = 0.5  # seen of a rejected one, at least
TINY = torch.finfo(torch.float32).tiny  # px: what is divided by where there is no area


def without_slivers(sample: Sample) -> Sample:
    """The sample after the rule above."""
    roles, seen = sample.roles, sample.seen
    if bool((seen >= REFUSED).all()):
        return sample  # the largest of the three: most samples
    is_thing = (roles == Role.OBJECT) | (roles == Role.IGNORED)
    gone = (seen <= 0) | (is_thing & (seen < KEPT)) | ((roles == Role.REJECTED) & (seen < REFUSED))
    return only(replace(sample, roles=ignoring(roles, seen < LEARNED)), ~gone)


def only(sample: Sample, which: Tensor) -> Sample:
    """The sample with these of its boxes (M,)."""
    return Sample(
        sample.image,
        bounding_boxes(sample.boxes[which], sample.size),
        sample.labels[which],
        sample.roles[which],
        sample.seen[which],
    )


def placed(sample: Sample, image: Tensor, boxes: Tensor) -> Sample:
    """The sample as this image (3, H, W), in which its boxes now lie at `boxes` (M, 4) px, or beyond its edges."""
    size = (image.shape[-2], image.shape[-1])
    whole = boxes.as_subclass(Tensor)
    inside = clip(whole, size)
    seen = sample.seen * area(inside) / area(whole).clamp(min=TINY)
    boxed = bounding_boxes(inside, size)
    return without_slivers(replace(sample, image=image, boxes=boxed, seen=seen))


def cut(sample: Sample, top: int, left: int, height: int, width: int) -> Sample:
    """The part of an image that begins at (left, top) px and lies within it."""
    if (height, width) == sample.size:
        return sample
    image = sample.image[:, top : top + height, left : left + width]
    return placed(sample, image, sample.boxes.as_subclass(Tensor) - torch.tensor([left, top, left, top]))


def covered(sample: Sample, top: int, left: int, height: int, width: int) -> Sample:
    """The sample when something lies over this part of it. Its image is left as it is.

    A box loses the side that is covered from end to end; of one that is covered at a corner or in its midst
    all four sides can still be seen.
    """
    boxes = sample.boxes.as_subclass(Tensor)
    (xmin, ymin, xmax, ymax), right, bottom = boxes.unbind(dim=1), left + width, top + height
    wide = (xmax.clamp(max=right) - xmin.clamp(min=left)).clamp(min=0)
    high = (ymax.clamp(max=bottom) - ymin.clamp(min=top)).clamp(min=0)
    across, along = (wide > 0) & (wide == xmax - xmin), (high > 0) & (high == ymax - ymin)
    rest = torch.stack(
        (
            torch.where(along & (xmin >= left) & (wide > 0), xmin + wide, xmin),
            torch.where(across & (ymin >= top) & (high > 0), ymin + high, ymin),
            torch.where(along & (xmax <= right) & (wide > 0), xmax - wide, xmax),
            torch.where(across & (ymax <= bottom) & (high > 0), ymax - high, ymax),
        ),
        dim=1,
    )
    seen = sample.seen * (1 - wide * high / area(boxes).clamp(min=TINY))
    return without_slivers(replace(sample, boxes=bounding_boxes(rest, sample.size), seen=seen))


def joined(image: Tensor, *parts: tuple[Sample, int, int]) -> Sample:
    """One sample of several, each with (left, top) px of where in the image (3, H, W) its boxes begin."""
    size = (image.shape[-2], image.shape[-1])
    moved = [
        part.boxes.as_subclass(Tensor) + torch.tensor([left, top, left, top]) for part, left, top in parts
    ]
    return Sample(
        image,
        bounding_boxes(torch.cat(moved), size),
        torch.cat([part.labels for part, _, _ in parts]),
        torch.cat([part.roles for part, _, _ in parts]),
        torch.cat([part.seen for part, _, _ in parts]),
    )
