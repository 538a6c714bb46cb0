"""From what the network says and what a person said to the losses."""

from __future__ import annotations

from torch import Tensor

from model.network.losses import BOX_LOSSES, focal_loss_of_anchors
from model.network.matching import IGNORED, Targets, match
from model.network.retinanet import Outputs


class Criterion:
    """The named losses of a batch.

    An image's losses are divided by its own foreground anchors, then averaged over the images, as in
    torchvision; the paper and keras-retinanet divide by the foreground anchors of the whole batch, detectron2
    by their moving average.
    """

    def __init__(self, box_loss: str = "l1") -> None:
        if box_loss not in BOX_LOSSES:
            raise ValueError(f"box_loss is {box_loss!r}; it must be one of {', '.join(BOX_LOSSES)}")
        self._box_loss = BOX_LOSSES[box_loss]

    def __call__(self, outputs: Outputs, anchors: Tensor, targets: Targets) -> dict[str, Tensor]:
        """outputs of N images; anchors (A, 4), targets: px of the batch. Gives {"class": (), "box": ()}."""
        matched = match(anchors, targets)  # (N, A)
        positive = matched >= 0
        share = 1.0 / (positive.sum(dim=1).clamp(min=1) * len(matched))  # (N,)
        image, anchor = positive.nonzero(as_tuple=True)  # (P,) each; the one place that waits for the device
        box = matched[image, anchor]
        class_loss = focal_loss_of_anchors(
            outputs.logits,
            weights=(matched != IGNORED) * share[:, None],
            foreground=image * len(anchors) + anchor,
            labels=targets.labels[image, box],
        )
        # float32: a log of a width in bfloat16 is off by up to 0.4 %, as much as a good box is
        deltas = outputs.deltas[image, anchor].float()
        box_loss = self._box_loss(deltas, targets.boxes[image, box], anchors[anchor])
        return {"class": class_loss, "box": (box_loss * share[image]).sum()}
