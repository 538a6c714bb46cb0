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


def area(boxes: Tensor) -> Tensor:
    """Boxes (..., 4) -> (...), square px."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def pairwise_intersection(boxes: Tensor, anchors: Tensor) -> Tensor:
    """What boxes (N, M, 4) and anchors (A, 4) share: (N, M, A), square px."""
    xmin, ymin, xmax, ymax = boxes[..., None].unbind(dim=2)  # (N, M, 1) each
    # in place: at 800 px each of these tensors is 0.8 MB for every box, and memory is what this costs
    width = torch.minimum(xmax, anchors[:, 2]).sub_(torch.maximum(xmin, anchors[:, 0])).clamp_(min=0)
    height = torch.minimum(ymax, anchors[:, 3]).sub_(torch.maximum(ymin, anchors[:, 1])).clamp_(min=0)
    return width.mul_(height)


def pairwise_iou(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Intersection over union of boxes (N, M, 4), perhaps empty, and anchors (A, 4), never so: (N, M, A)."""
    intersection = pairwise_intersection(boxes, anchors)
    union = (area(boxes)[..., None] + area(anchors)).sub_(intersection)
    return intersection.div_(union)
