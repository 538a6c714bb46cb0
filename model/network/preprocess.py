"""Pixels to a resized, normalised, padded batch; and boxes back. One of three places that change frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from model.records import Architecture

# ImageNet's mean and standard deviation (RGB, 0..1): what torchvision's backbones were trained with
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MULTIPLE = 32  # px: C5's stride, so that every grid down to it is whole
LEAST_WIDTH = 64  # px: makes C5 two columns wide, for the reason given at pyramid._halved()


class Batch(NamedTuple):
    """Images ready for the network."""

    pixels: Tensor  # (N, 3, H, W) float32, channels_last, normalised; padded with 0 at the right and below
    sizes: tuple[tuple[int, int], ...]  # (H, W) px of each resized image inside it

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) px of the whole batch: what anchors are made for."""
        return self.pixels.shape[2], self.pixels.shape[3]


def resized_size(size: tuple[int, int], short_side: int, long_side: int) -> tuple[int, int]:
    """(H, W) after the short side becomes short_side, or the long side long_side, whichever comes first."""
    scale = min(short_side / min(size), long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """image (H, W, 3) uint8 -> this size (H, W).

    Bilinear when it grows, as in torchvision; the mean of the area when it shrinks, where torchvision's
    bilinear skips pixels and small objects flicker.
    """
    if image.shape[:2] == size:
        return image
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (size[1], size[0]), interpolation=interpolation)


def padded_size(size: tuple[int, int]) -> tuple[int, int]:
    """(H, W) px of the batch that a largest image (H, W) is padded to."""
    height, width = (-(-side // MULTIPLE) * MULTIPLE for side in size)
    return height, max(LEAST_WIDTH, width)


def largest(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The least size (H, W) that each of these fits into."""
    heights, widths = zip(*sizes, strict=True)
    return max(heights), max(widths)


def collate(
    images: Sequence[np.ndarray], device: torch.device | str = "cpu", room: tuple[int, int] = (0, 0)
) -> Batch:
    """Images (H, W, 3) uint8 RGB, as they are to be -> one padded, normalised batch.

    room: a size (H, W) px that the batch has at least, where it is a part of a larger one.
    """
    sizes = tuple((image.shape[0], image.shape[1]) for image in images)
    height, width = padded_size(largest((*sizes, room)))
    # pinned, so that a GPU fetches it without anyone waiting
    raw = torch.zeros(
        (len(images), height, width, 3), dtype=torch.uint8, pin_memory=torch.device(device).type == "cuda"
    )
    for padded, image, (h, w) in zip(raw.numpy(), images, sizes, strict=True):
        padded[:h, :w] = image
    # bytes travel to the device, not floats; what they are permuted to is channels_last already
    values = raw.to(device, non_blocking=True).permute(0, 3, 1, 2).float()
    scale, shift = _normalisation(device)
    pixels = values.mul_(scale).sub_(shift)
    for padded_pixels, (h, w) in zip(pixels, sizes, strict=True):
        padded_pixels[:, h:] = 0
        padded_pixels[:, :, w:] = 0
    return Batch(pixels, sizes)


@cache
def _normalisation(device: torch.device | str) -> tuple[Tensor, Tensor]:
    """What uint8 values are multiplied by, and what is then taken away: (3, 1, 1) each. Kept on the device."""
    mean, std = (torch.tensor(values, device=device)[:, None, None] for values in (MEAN, STD))
    return 1 / (255 * std), mean / std


def prepare(
    images: Sequence[np.ndarray], architecture: Architecture, device: torch.device | str = "cpu"
) -> Batch:
    """Images (H, W, 3) uint8 RGB of any sizes -> a batch, each resized by the architecture's rule."""
    short, long = architecture.short_side, architecture.long_side
    resized = (resize(image, resized_size((image.shape[0], image.shape[1]), short, long)) for image in images)
    return collate(tuple(resized), device)


def boxes_to_resized(boxes: Tensor, size: tuple[int, int], resized: tuple[int, int]) -> Tensor:
    """Boxes (M, 4) px of the image of this size (H, W) -> px of the resized image (H, W)."""
    x, y = resized[1] / size[1], resized[0] / size[0]
    return boxes * torch.tensor([x, y, x, y], device=boxes.device)


def boxes_to_image(boxes_resized: Tensor, resized: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Boxes (D, 4) px of the resized image (H, W) -> px of the image of this size (H, W)."""
    return boxes_to_resized(boxes_resized, resized, size)
