"""Samples whose objects can be found again in the pixels, and what augmentations are tried with."""

from __future__ import annotations

import random
from dataclasses import replace

import torch
from torch import Tensor

from model.records import TrainSettings
from model.training.augmentations.arrays import FILL
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, bounding_boxes
from tests.model.training.scenes import SETTINGS

RED, GREEN, BLUE = 0, 1, 2  # of an object: the channel in which it is bright, and its class

# everything happens every time
ALWAYS = replace(
    SETTINGS, flip=1.0, vertical_flip=1.0, quarter_turns=1.0, rotation=30.0, scale_jitter=(0.7, 1.6), crop=1.0,
    colour=1.0, blur=1.0, noise=1.0, mosaic=1.0, mixup=1.0, cutmix=1.0, copy_paste=1.0,
)  # fmt: skip


def picture(
    *boxes: tuple[float, float, float, float], channel: int = RED, size: tuple[int, int] = (96, 128)
) -> Sample:
    """An image (H, W) in the mean colour; each box holds an ellipse that is bright in one channel."""
    height, width = size
    image = torch.tensor(FILL, dtype=torch.uint8)[:, None, None].expand(3, height, width).clone()
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    for xmin, ymin, xmax, ymax in boxes:
        across = (2 * x - xmin - xmax) / (xmax - xmin)
        along = (2 * y - ymin - ymax) / (ymax - ymin)
        image[channel][across**2 + along**2 <= 1] = 255
    return Sample(
        image,
        bounding_boxes(torch.tensor(boxes).reshape(-1, 4).float(), size),
        torch.full((len(boxes),), channel),
        torch.zeros(len(boxes), dtype=torch.int64),
        torch.ones(len(boxes)),
    )


def extent(image: Tensor, channel: int = RED) -> list[float]:
    """The box, xyxy px, of what is brighter than the mean colour in a channel, to half of the most; [] of nothing."""
    above = image[channel].float() - FILL[channel]
    if above.max() < 16:
        return []
    rows, columns = (above > above.max() / 2).nonzero(as_tuple=True)
    return [float(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]


def apply(
    row: Augmentation,
    sample: Sample,
    seed: object = 0,
    settings: TrainSettings = ALWAYS,
    other: Sample | None = None,
) -> Sample:
    """A row on a sample, where every other training image is `other`, or there is none that can be read."""
    return row.apply(sample, settings, Draw(random.Random(str(seed)), lambda: other))
