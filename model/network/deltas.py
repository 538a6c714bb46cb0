"""Boxes as offsets from anchors, and back (Girshick et al. 2014, arXiv:1311.2524, appendix C)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# A delta cannot make a box more than 62.5 times its anchor (1000 / 16, torchvision's bound): exp() of an
# untrained
# head would overflow.
LARGEST_GROWTH = math.log(1000.0 / 16)


def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """boxes and anchors (..., 4) xyxy px -> deltas (..., 4): shift in anchor sizes, log of the growth."""
    x, y, width, height = _centres(anchors)
    box_x, box_y, box_width, box_height = _centres(boxes)
    shift_x, shift_y = (box_x - x) / width, (box_y - y) / height
    return torch.stack((shift_x, shift_y, (box_width / width).log(), (box_height / height).log()), dim=-1)


def decode(deltas: Tensor, anchors: Tensor) -> Tensor:
    """deltas (..., 4) and anchors (..., 4) xyxy px -> boxes (..., 4) xyxy px. The inverse of encode()."""
    x, y, width, height = _centres(anchors)
    x = x + deltas[..., 0] * width
    y = y + deltas[..., 1] * height
    half_width = 0.5 * width * deltas[..., 2].clamp(max=LARGEST_GROWTH).exp()
    half_height = 0.5 * height * deltas[..., 3].clamp(max=LARGEST_GROWTH).exp()
    return torch.stack((x - half_width, y - half_height, x + half_width, y + half_height), dim=-1)


def _centres(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """xyxy (..., 4) -> x and y of the centre, width, height, each (...)."""
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    return boxes[..., 0] + 0.5 * width, boxes[..., 1] + 0.5 * height, width, height
