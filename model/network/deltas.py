"""Boxes as offsets from anchors, and back (Girshick et al. 2014, arXiv:1311.2524, appendix C)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# A delta cannot make a box more than 62.5 times its anchor (1000 / 16): exp() of an untrained head would overflow.
LARGEST_GROWTH = math.log(1000.0 / 16)


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """boxes (..., 4) and anchors (..., 4), xyxy px -> deltas (..., 4): shift of the centre, log of the growth."""
    width, height = anchors[..., 2] - anchors[..., 0], anchors[..., 3] - anchors[..., 1]
    x, y = anchors[..., 0] + 0.5 * width, anchors[..., 1] + 0.5 * height
    box_width, box_height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    box_x, box_y = boxes[..., 0] + 0.5 * box_width, boxes[..., 1] + 0.5 * box_height
    return torch.stack(
        ((box_x - x) / width, (box_y - y) / height, (box_width / width).log(), (box_height / height).log()), dim=-1
    )


def decode(deltas: Tensor, anchors: Tensor) -> Tensor:
    """deltas (..., 4) and anchors (..., 4) xyxy px -> boxes (..., 4) xyxy px. The inverse of encode()."""
    width, height = anchors[..., 2] - anchors[..., 0], anchors[..., 3] - anchors[..., 1]
    x = anchors[..., 0] + 0.5 * width + deltas[..., 0] * width
    y = anchors[..., 1] + 0.5 * height + deltas[..., 1] * height
    half_width = 0.5 * width * deltas[..., 2].clamp(max=LARGEST_GROWTH).exp()
    half_height = 0.5 * height * deltas[..., 3].clamp(max=LARGEST_GROWTH).exp()
    return torch.stack((x - half_width, y - half_height, x + half_width, y + half_height), dim=-1)
