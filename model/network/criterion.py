"""From what the network says and what a person said to the losses."""

from __future__ import annotations

import torch
from torch import Tensor

from model.network.losses import BOX_LOSSES, focal_loss_of_anchors
from model.network.matching import IGNORED, Boxes, match
from model.network.retinanet import Outputs


class Criterion:
    """Named losses of a batch. Each image's loss is divided by its foreground anchors, then averaged (torchvision);
    the paper divides by the foreground anchors of the batch."""

    def __init__(self, box_loss: str = "l1", alpha: float = 0.25) -> None:
        if box_loss not in BOX_LOSSES:
            raise ValueError(f"box_loss is {box_loss!r}; it must be one of {', '.join(BOX_LOSSES)}")
        self._box_loss = BOX_LOSSES[box_loss]
        self._alpha = alpha

    def __call__(self, outputs: Outputs, anchors: Tensor, boxes: Boxes) -> dict[str, Tensor]:
        """outputs of N images, anchors (A, 4), boxes padded (N, M, 4) px of the batch -> {"class": (), "box": ()}."""
        matched = match(anchors, boxes)  # (N, A)
        foreground = matched >= 0
        share = 1.0 / (foreground.sum(dim=1).clamp(min=1) * len(matched))  # (N,)
        weights = (matched != IGNORED) * share[:, None]  # (N, A)
        image, anchor = foreground.nonzero(as_tuple=True)
        box = matched[image, anchor]
        labels = boxes.labels[image, box]
        flat = image * matched.shape[1] + anchor
        class_loss = focal_loss_of_anchors(outputs.logits, labels, flat, weights, self._alpha)
        deltas = outputs.deltas[image, anchor].float()
        box_loss = self._box_loss(deltas, boxes.boxes[image, box], anchors[anchor])
        return {"class": class_loss, "box": torch.sum(box_loss * share[image])}
