"""Small geometry on boxes as tensors, xyxy px."""

from __future__ import annotations

import torch
from torch import Tensor


def clip(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Boxes (..., 4) cut at the edges of an image of this size (H, W) px. Same shape."""
    height, width = size
    x = boxes[..., 0::2].clamp(0, width)
    y = boxes[..., 1::2].clamp(0, height)
    return torch.stack((x, y), dim=-1).flatten(-2)


def pairwise_iou(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Intersection over union of boxes (N, M, 4) with anchors (A, 4): (N, M, A), 0 where both are empty."""
    left = torch.maximum(boxes[..., None, 0], anchors[:, 0])
    top = torch.maximum(boxes[..., None, 1], anchors[:, 1])
    right = torch.minimum(boxes[..., None, 2], anchors[:, 2])
    bottom = torch.minimum(boxes[..., None, 3], anchors[:, 3])
    intersection = (right - left).clamp_(min=0).mul_((bottom - top).clamp_(min=0))
    area_boxes = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    area_anchors = (anchors[:, 2] - anchors[:, 0]) * (anchors[:, 3] - anchors[:, 1])
    union = area_boxes[..., None] + area_anchors - intersection
    return torch.where(union > 0, intersection / union, torch.zeros_like(union))
