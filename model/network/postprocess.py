"""Logits and deltas to detections: threshold, top-k for each level, decode, clip, NMS for each class."""

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
    floor: float = 0.05,
    top_k: int = 1000,
    nms_iou: float = 0.5,
    per_image: int = 300,
) -> list[Found]:
    """Detections above `floor` of each of N images. torchvision's order of steps, and so its answers.

    anchors (A, 4); level_ends: where each pyramid level ends in A; sizes (H, W) px of the images inside the batch.
    At most top_k candidates of each level are decoded, at most per_image detections returned.
    """
    logit_floor = math.log(floor / (1 - floor))  # compared before the sigmoid: most of A * K never needs one
    found = []
    for logits, deltas, size in zip(outputs.logits.float(), outputs.deltas.float(), sizes, strict=True):
        boxes, scores, labels = [], [], []
        start = 0
        for end in level_ends:
            flat = logits[start:end].flatten()
            (candidates,) = (flat > logit_floor).nonzero(as_tuple=True)
            values = flat[candidates]
            if len(values) > top_k:
                values, best = values.topk(top_k)
                candidates = candidates[best]
            anchor = start + candidates.div(logits.shape[1], rounding_mode="floor")
            boxes.append(clip(decode(deltas[anchor], anchors[anchor]), size))
            scores.append(values.sigmoid())
            labels.append(candidates % logits.shape[1])
            start = end
        all_boxes, all_scores, all_labels = torch.cat(boxes), torch.cat(scores), torch.cat(labels)
        keep = batched_nms(all_boxes, all_scores, all_labels, nms_iou)[:per_image]
        found.append(Found(all_boxes[keep], all_scores[keep], all_labels[keep]))
    return found
