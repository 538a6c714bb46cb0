"""From what the network says and what a person said to the losses."""

from __future__ import annotations

import torch
from torch import Tensor

from model.network.losses import BOX_LOSSES, focal_loss_of_anchors
from model.network.matching import IGNORED, REFUSED, Targets, match
from model.network.retinanet import Outputs


class Criterion:
    """The named losses of a batch.

    An image's losses are divided by its own foreground anchors, as in the paper (section 4.1: "the total focal
    loss of an image ... normalized by the number of anchors assigned to a ground-truth box"), then averaged
    over the images, as in torchvision. keras-retinanet divides by the foreground anchors of the whole batch,
    detectron2 by their moving average. best_anchor as in match(). Where a person rejected a proposal, the
    background counts rejected_weight times, for all classes. Raises ValueError.
    """

    def __init__(self, box_loss: str = "l1", best_anchor: bool = True, rejected_weight: float = 1.0) -> None:
        if box_loss not in BOX_LOSSES:
            raise ValueError(f"box_loss is {box_loss!r}; it must be one of {', '.join(BOX_LOSSES)}")
        self._box_loss = BOX_LOSSES[box_loss]
        self._best_anchor = best_anchor
        self._rejected_weight = rejected_weight

    def __call__(self, outputs: Outputs, anchors: Tensor, targets: Targets) -> dict[str, Tensor]:
        """outputs of N images; anchors (A, 4), targets: px of the batch. Gives {"class": (), "box": ()}.

        On a GPU nothing here waits for the device.
        """
        matched = match(anchors, targets, self._best_anchor)  # (N, A)
        share = 1.0 / ((matched >= 0).sum(dim=1).clamp(min=1) * len(matched))  # (N,)
        index, learns = foreground(matched)  # (P,) each
        image, anchor = index // len(anchors), index % len(anchors)
        box = matched[image, anchor].clamp(min=0)
        weights = (matched != IGNORED) * share[:, None]
        if targets.rejected.shape[1]:
            weights = torch.where(matched == REFUSED, self._rejected_weight * weights, weights)
        class_loss = focal_loss_of_anchors(
            outputs.logits,
            weights=weights,
            foreground=index,
            labels=targets.labels[image, box],
            learns=learns,
        )
        # float32: a log of a width in bfloat16 is off by up to 0.4 %, as much as a good box is
        # index_select: the gradient of indexing with tensors would sort them all on a GPU
        deltas = outputs.deltas.flatten(0, 1).index_select(0, index).float()
        of_anchor = anchors[anchor]
        # an anchor that learns nothing is given itself: the log of a padded box's width would be infinite
        boxes = torch.where(learns[:, None], targets.boxes[image, box], of_anchor)
        box_loss = self._box_loss(deltas, boxes, of_anchor)
        return {"class": class_loss, "box": (box_loss * learns * share[image]).sum()}


def foreground(matched: Tensor) -> tuple[Tensor, Tensor]:
    """The anchors that learn a box, of matched (N, A): indices (P,) into N * A, and whether each does (P,).

    Their number is known only once the device has counted them. A CPU is asked; a GPU is not waited for: all
    anchors come back, most of which learn nothing, because arithmetic costs it less than an idle queue.
    """
    flat = matched.flatten()
    if matched.device.type == "cpu":
        (index,) = (flat >= 0).nonzero(as_tuple=True)
        return index, torch.ones_like(index, dtype=torch.bool)
    return torch.arange(len(flat), device=flat.device), flat >= 0
