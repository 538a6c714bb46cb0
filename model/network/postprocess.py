"""Logits and deltas to detections: threshold, top-k of each level, decode, clip, NMS of each class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from model.network.boxes import clip
from model.network.deltas import decode
from model.network.retinanet import Outputs


class Found(NamedTuple):
    """The detections of one image, best first."""

    boxes: Tensor  # (D, 4) xyxy px of the resized image
    scores: Tensor  # (D,)
    labels: Tensor  # (D,) int64


def postprocess(
    outputs: Outputs,
    anchors: Tensor,
    level_ends: Sequence[int],
    sizes: Sequence[tuple[int, int]],
    floor: float = 0.01,
    top_k: int = 1000,
    nms_iou: float = 0.5,
    per_image: int = 300,
) -> list[Found]:
    """Detections above `floor` of each of N images: torchvision's steps in its order, and so its answers.

    anchors (A, 4); level_ends: where each pyramid level ends in A (anchors.level_ends); sizes (H, W) px of
    the images inside the batch. At most top_k candidates of each level are decoded, at most per_image
    detections returned. As in torchvision, a box outside the image comes back clipped to a line: named()
    drops it.
    """
    found = []
    # image by image, because the cost of NMS grows with the square of what it is given at once
    for logits, deltas, size in zip(outputs.logits, outputs.deltas, sizes, strict=True):
        values, anchor, labels = _candidates(logits, level_ends, floor, top_k)
        boxes = clip(decode(deltas[anchor].float(), anchors[anchor]), size)
        scores = values.sigmoid()
        keep = batched_nms(boxes, scores, labels, nms_iou)[:per_image]
        found.append(Found(boxes[keep], scores[keep], labels[keep]))
    return found


def _candidates(
    logits: Tensor, level_ends: Sequence[int], floor: float, top_k: int
) -> tuple[Tensor, Tensor, Tensor]:
    """logits (A, K) of one image -> the logits (C,), anchors (C,) and classes (C,) worth decoding."""
    classes = logits.shape[1]
    flat = logits.flatten()
    # compared before the sigmoid: few of A * K ever need one
    (index,) = (flat > math.log(floor / (1 - floor))).nonzero(as_tuple=True)  # in order, so level by level
    ends = torch.searchsorted(index, torch.tensor([end * classes for end in level_ends], device=index.device))
    kept = []
    start = 0
    for end in ends.tolist():
        of_level = index[start:end]
        if len(of_level) > top_k:
            of_level = of_level[flat[of_level].topk(top_k).indices]
        kept.append(of_level)
        start = end
    index = torch.cat(kept)
    return flat[index].float(), index.div(classes, rounding_mode="floor"), index % classes
