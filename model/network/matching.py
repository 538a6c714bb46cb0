"""Which box each anchor learns, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from model.network.boxes import pairwise_iou
from model.network.roles import Role

BACKGROUND, IGNORED = -1, -2
FOREGROUND_IOU, BACKGROUND_IOU = 0.5, 0.4  # arXiv:1708.02002, section 4.1
# overlaps (images x boxes x anchors) held at a time, 16 MB: a batch with 100 boxes at 800 px would take 3 GB
AT_ONCE = 1 << 22


class Targets(NamedTuple):
    """The boxes of N images, padded with empty boxes to the longest list M."""

    boxes: Tensor  # (N, M, 4) xyxy px of the batch
    labels: Tensor  # (N, M) int64, 0..K-1
    roles: Tensor  # (N, M) int64: a Role each; of padding, OBJECT


def pad(targets: Sequence[tuple[Tensor, Tensor, Tensor]], device: torch.device | str = "cpu") -> Targets:
    """For each image boxes (M, 4), labels (M,), roles (M,), where M differs and may be 0 -> one Targets."""
    shape = len(targets), max([1, *(len(boxes) for boxes, _, _ in targets)])
    padded = Targets(
        torch.zeros(*shape, 4), torch.zeros(shape, dtype=torch.int64), torch.zeros(shape, dtype=torch.int64)
    )
    for image, of_image in enumerate(targets):
        for all_images, values in zip(padded, of_image, strict=True):
            all_images[image, : len(values)] = values
    if torch.device(device).type == "cuda":  # a GPU fetches pinned memory without anyone waiting
        padded = Targets(*(tensor.pin_memory() for tensor in padded))
    return Targets(*(tensor.to(device, non_blocking=True) for tensor in padded))


def match(anchors: Tensor, targets: Targets, best_anchor: bool = True) -> Tensor:
    """Which box each anchor (A, 4) learns: (N, A) int64, index of a box of its image, BACKGROUND or IGNORED.

    Foreground from IoU 0.5, background below 0.4, ignored between. With best_anchor a box that no anchor
    overlaps by 0.5 gets the anchors that overlap it best, as in torchvision and detectron2; without, it is
    not learned, as in the paper and keras-retinanet. An anchor that overlaps an ignored box by 0.4 and learns
    no other box is ignored. Nothing waits for the device.
    """
    images, most = targets.labels.shape
    shape, device = (images, len(anchors)), anchors.device
    iou_of_best = torch.zeros(shape, device=device)  # (N, A)
    best = torch.zeros(shape, dtype=torch.int64, device=device)
    forced = torch.zeros(shape, dtype=torch.bool, device=device)
    near_ignored = torch.zeros(shape, dtype=torch.bool, device=device)
    step = max(1, AT_ONCE // (images * len(anchors)))
    for start in range(0, most, step):
        iou = pairwise_iou(targets.boxes[:, start : start + step], anchors)  # (N, m, A); 0 for padding
        ignored = targets.roles[:, start : start + step, None] == Role.IGNORED
        near_ignored |= ((iou >= BACKGROUND_IOU) & ignored).any(dim=1)
        iou.masked_fill_(ignored, 0)
        if best_anchor:
            iou_of_box = iou.amax(dim=2, keepdim=True)  # (N, m, 1)
            # every anchor that ties for a box, and each keeps the box that itself overlaps best (torchvision)
            forced |= ((iou == iou_of_box) & (iou_of_box > 0)).any(dim=1)
        highest, index = iou.max(dim=1)
        better = highest > iou_of_best
        iou_of_best = torch.where(better, highest, iou_of_best)
        best = torch.where(better, index + start, best)
    matched = best.masked_fill(iou_of_best < FOREGROUND_IOU, IGNORED)
    matched.masked_fill_(iou_of_best < BACKGROUND_IOU, BACKGROUND)
    matched = torch.where(forced, best, matched)
    return matched.masked_fill_(near_ignored & (matched == BACKGROUND), IGNORED)
