"""Which box each anchor learns, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from model.network.boxes import pairwise_iou

BACKGROUND, IGNORED = -1, -2
FOREGROUND_IOU, BACKGROUND_IOU = 0.5, 0.4  # arXiv:1708.02002, section 4


class Boxes(NamedTuple):
    """The boxes of a batch, padded to the longest list."""

    boxes: Tensor  # (N, M, 4) xyxy px
    labels: Tensor  # (N, M) int64
    real: Tensor  # (N, M) bool: not padding
    ignored: Tensor  # (N, M) bool: neither learned nor punished (VOC's "difficult")


def pad(targets: Sequence[tuple[Tensor, Tensor, Tensor]], device: torch.device | str = "cpu") -> Boxes:
    """targets: for each image boxes (M, 4), labels (M,), ignored (M,); M differs and may be 0."""
    count, most = len(targets), max([1, *(len(boxes) for boxes, _, _ in targets)])
    boxes, labels = torch.zeros(count, most, 4), torch.zeros(count, most, dtype=torch.int64)
    real, ignored = torch.zeros(count, most, dtype=torch.bool), torch.zeros(count, most, dtype=torch.bool)
    for row, (its_boxes, its_labels, its_ignored) in enumerate(targets):
        n = len(its_boxes)
        boxes[row, :n], labels[row, :n], real[row, :n], ignored[row, :n] = its_boxes, its_labels, True, its_ignored
    return Boxes(*(t.to(device, non_blocking=True) for t in (boxes, labels, real, ignored)))


def match(anchors: Tensor, boxes: Boxes) -> Tensor:
    """Which box each anchor learns: (N, A) int64, an index into the image's boxes, or BACKGROUND, or IGNORED.

    Foreground from IoU 0.5, background below 0.4, ignored between. A box that no anchor overlaps by 0.5 gets the anchors
    that overlap it best, as in torchvision and detectron2; the paper leaves such a box unlearned. An anchor that overlaps
    an ignored box by 0.4 and learns no other is ignored.
    """
    learned = boxes.real & ~boxes.ignored
    iou = pairwise_iou(boxes.boxes, anchors)  # (N, M, A)
    of_learned = iou.masked_fill(~learned[..., None], -1.0)
    best_of_anchor, matched = of_learned.max(dim=1)  # (N, A)
    result = torch.where(best_of_anchor >= FOREGROUND_IOU, matched, BACKGROUND)
    between = (best_of_anchor >= BACKGROUND_IOU) & (best_of_anchor < FOREGROUND_IOU)
    result = result.masked_fill(between, IGNORED)
    best_of_box = of_learned.amax(dim=2, keepdim=True)  # (N, M, 1)
    forced = ((of_learned == best_of_box) & learned[..., None]).any(dim=1)  # (N, A): the anchor keeps its own best box
    result = torch.where(forced, matched, result)
    near_ignored = iou.masked_fill(~(boxes.real & boxes.ignored)[..., None], -1.0).amax(dim=1) >= BACKGROUND_IOU
    return result.masked_fill(near_ignored & (result < 0), IGNORED)
