"""Which box each anchor learns, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from model.network.boxes import area, pairwise_intersection, pairwise_iou
from model.network.roles import Role

BACKGROUND, IGNORED, REFUSED = -1, -2, -3
FOREGROUND_IOU, BACKGROUND_IOU = 0.5, 0.4  # arXiv:1708.02002, section 4.1
WITHIN = 0.5  # share of an anchor's area from which it lies in a region
# overlaps (images x boxes x anchors) held at a time, 16 MB: a batch with 100 boxes at 800 px would take 3 GB
AT_ONCE = 1 << 22
AREAS = Role.REGION, Role.REJECTED  # the last roles: what is no object, learned or not


class Targets(NamedTuple):
    """The boxes of N images, padded with empty boxes to the longest list M, and so R and J, which mostly are 0.

    What is not learned as an object is kept apart: how much of it there is says a shape, for which nobody has to
    wait.
    """

    boxes: Tensor  # (N, M, 4) xyxy px of the batch
    labels: Tensor  # (N, M) int64, 0..K-1
    roles: Tensor  # (N, M) int64: OBJECT or IGNORED; of padding, OBJECT
    regions: Tensor  # (N, R, 4) xyxy px: of the role REGION
    rejected: Tensor  # (N, J, 4) xyxy px: of the role REJECTED


def pad(targets: Sequence[tuple[Tensor, Tensor, Tensor]], device: torch.device | str = "cpu") -> Targets:
    """For each image boxes (M, 4), labels (M,), roles (M,), where M differs and may be 0 -> one Targets."""
    boxes, labels, roles = map(list, zip(*targets, strict=True))
    areas: list[list[Tensor]] = [[], []]
    if (torch.cat(roles) >= min(AREAS)).any():
        areas = [[b[r == role] for b, r in zip(boxes, roles, strict=True)] for role in AREAS]
        things = [r < min(AREAS) for r in roles]
        boxes, labels, roles = (
            [of_image[kept] for of_image, kept in zip(rows, things, strict=True)]
            for rows in (boxes, labels, roles)
        )
    images = len(targets)
    longest = max(1, *map(len, labels))
    padded = Targets(
        _filled(torch.zeros(images, longest, 4), boxes),
        _filled(torch.zeros(images, longest, dtype=torch.int64), labels),
        _filled(torch.zeros(images, longest, dtype=torch.int64), roles),
        *(_filled(torch.zeros(images, max(map(len, rows), default=0), 4), rows) for rows in areas),
    )
    if torch.device(device).type == "cuda":  # a GPU fetches pinned memory without anyone waiting
        padded = Targets(*(tensor.pin_memory() for tensor in padded))
    return Targets(*(tensor.to(device, non_blocking=True) for tensor in padded))


def _filled(padded: Tensor, rows: Sequence[Tensor]) -> Tensor:
    """padded (N, M, ...), which begins with these rows, at most M for each of N."""
    for image, of_image in enumerate(rows):
        padded[image, : len(of_image)] = of_image
    return padded


def match(anchors: Tensor, targets: Targets, best_anchor: bool = True) -> Tensor:
    """Which box each anchor (A, 4) learns: (N, A) int64, index of a box of its image, or what else it is.

    Foreground from IoU 0.5, background below 0.4, ignored between. With best_anchor a box that no anchor
    overlaps by 0.5 gets the anchors that overlap it best, as in torchvision and detectron2; without, it is
    not learned, as in the paper and keras-retinanet. An anchor that overlaps an ignored box by 0.4 and learns
    no other box is ignored, and so is one that would be background and lies to at least half of its own area
    in a region. One that is background all the same, and overlaps a rejected box by 0.5, is REFUSED: background
    that counts for more. Nothing waits for the device.
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
    matched.masked_fill_(near_ignored & (matched == BACKGROUND), IGNORED)
    if targets.regions.shape[1]:
        inside = _any_of(targets.regions, anchors, lambda regions: _share_within(anchors, regions) >= WITHIN)
        matched.masked_fill_(inside & (matched == BACKGROUND), IGNORED)
    if targets.rejected.shape[1]:
        met = _any_of(targets.rejected, anchors, lambda boxes: pairwise_iou(boxes, anchors) >= FOREGROUND_IOU)
        matched.masked_fill_(met & (matched == BACKGROUND), REFUSED)
    return matched


def _any_of(boxes: Tensor, anchors: Tensor, meets: Callable[[Tensor], Tensor]) -> Tensor:
    """Which anchors any of the boxes (N, M, 4) of its image meets: (N, A); meets: (N, m, 4) -> (N, m, A)."""
    found = torch.zeros((len(boxes), len(anchors)), dtype=torch.bool, device=anchors.device)
    for some in boxes.split(max(1, AT_ONCE // found.numel()), dim=1):
        found |= meets(some).any(dim=1)
    return found


def _share_within(anchors: Tensor, regions: Tensor) -> Tensor:
    """Share of each anchor's own area (A, 4) that lies in regions (N, R, 4): (N, R, A)."""
    return pairwise_intersection(regions, anchors).div_(area(anchors))
