"""Pixels to a resized, normalised, padded batch; and boxes back. One of the three places that change frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from model.records import Architecture

# ImageNet's mean and standard deviation (RGB, 0..1): what torchvision's backbones were trained with
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MULTIPLE = 32  # px: C5's stride, so that every level's grid is whole


class Batch(NamedTuple):
    """Images ready for the network."""

    pixels: Tensor  # (N, 3, H, W) float32, normalised, padded at the right and below
    sizes: tuple[tuple[int, int], ...]  # (H, W) px of each resized image in it


def resized_size(size: tuple[int, int], short_side: int, long_side: int) -> tuple[int, int]:
    """(H, W) after the short side is scaled to short_side, or the long side to long_side, whichever comes first."""
    scale = min(short_side / min(size), long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """image (H, W, 3) uint8 -> this size (H, W). Area average when it shrinks: bilinear would skip pixels (aliasing)."""
    if image.shape[:2] == size:
        return image
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    return cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def collate(images: Sequence[np.ndarray], device: torch.device | str = "cpu") -> Batch:
    """Resized images (H, W, 3) uint8 RGB -> one padded, normalised batch. Padding is the mean colour: 0 after it."""
    height = -(-max(image.shape[0] for image in images) // MULTIPLE) * MULTIPLE
    width = -(-max(image.shape[1] for image in images) // MULTIPLE) * MULTIPLE
    raw = torch.zeros(len(images), height, width, 3, dtype=torch.uint8)
    real = torch.zeros(len(images), 1, height, width)
    for row, image in enumerate(images):
        raw[row, : image.shape[0], : image.shape[1]] = torch.from_numpy(np.ascontiguousarray(image))
        real[row, :, : image.shape[0], : image.shape[1]] = 1
    raw, real = raw.to(device, non_blocking=True), real.to(device, non_blocking=True)
    mean = torch.tensor(MEAN, device=device)[:, None, None]
    std = torch.tensor(STD, device=device)[:, None, None]
    # the permuted view is channels_last already
    pixels = ((raw.permute(0, 3, 1, 2).float() / 255 - mean) / std) * real
    return Batch(pixels, tuple((image.shape[0], image.shape[1]) for image in images))


def prepare(images: Sequence[np.ndarray], architecture: Architecture, device: torch.device | str = "cpu") -> Batch:
    """Images (H, W, 3) uint8 RGB of any sizes -> a batch, each resized by the architecture's rule."""
    short, long = architecture.short_side, architecture.long_side
    return collate([resize(i, resized_size((i.shape[0], i.shape[1]), short, long)) for i in images], device)


def boxes_to_image(boxes_resized: Tensor, resized: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Boxes (D, 4) px of the resized image (H, W) -> px of the image of this size (H, W)."""
    y, x = size[0] / resized[0], size[1] / resized[1]
    return boxes_resized * torch.tensor([x, y, x, y], device=boxes_resized.device)


def boxes_to_resized(boxes: Tensor, size: tuple[int, int], resized: tuple[int, int]) -> Tensor:
    """The way there: px of the image (H, W) -> px of the resized image (H, W)."""
    return boxes_to_image(boxes, size, resized)
