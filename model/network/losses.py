"""The two losses of RetinaNet: focal for the classes, one of three for the boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import generalized_box_iou_loss

from model.network.deltas import decode, encode


def focal_loss(logits: Tensor, targets: Tensor, alpha: float | None = 0.25, gamma: float = 2.0) -> Tensor:
    """Sum over all elements of FL(p_t) = -alpha_t (1 - p_t)^gamma log(p_t).   arXiv:1708.02002, eq. 5.

    logits and targets (0 or 1) of one shape. gamma 0 and alpha None is binary cross entropy.
    """
    loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    if gamma:
        p = logits.sigmoid()
        loss = loss * (1 - (p * targets + (1 - p) * (1 - targets))) ** gamma
    if alpha is not None:
        loss = loss * (alpha * targets + (1 - alpha) * (1 - targets))
    return loss.sum()


class _Negatives(torch.autograd.Function):
    """Sum over (A, K) of w (1 - alpha) p^2 softplus(x): the focal loss at gamma 2 as if all were background.

    One tensor of the logits' size is kept, the gradient, computed in closed form in the forward pass:
    d/dx p^2 softplus(x) = p^2 (2 (1 - p) softplus(x) + p).
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, weights: Tensor, alpha: float) -> Tensor:
        x = logits.float()
        p, softplus = x.sigmoid(), F.softplus(x)
        p_squared = p * p
        w = (1 - alpha) * weights[..., None]
        loss = (p_squared * softplus * w).sum()
        gradient = (1 - p).mul_(softplus).mul_(2).add_(p).mul_(p_squared).mul_(w)
        ctx.save_for_backward(gradient.to(logits.dtype))
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * gradients[0].to(gradient.dtype), None, None


def focal_loss_of_anchors(
    logits: Tensor, labels: Tensor, positive: Tensor, weights: Tensor, alpha: float = 0.25
) -> Tensor:
    """focal_loss() with gamma 2 for a batch, in one pass: equal in value and gradient, several times faster.

    logits (N, A, K); positive (P,) indices of foreground anchors into the flattened N * A, labels (P,) their classes;
    weights (N, A) how much each anchor counts, 0 for ignored ones. Background is summed over everything, then
    corrected at the positives' own class.
    """
    everywhere = _Negatives.apply(logits, weights, alpha)
    x = logits.flatten(0, 1)[positive, labels].float()
    w = weights.flatten()[positive]
    p = x.sigmoid()
    as_foreground = alpha * (1 - p) ** 2 * F.softplus(-x)
    as_background = (1 - alpha) * p**2 * F.softplus(x)
    return everywhere + (w * (as_foreground - as_background)).sum()


def l1(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """Sum of |delta - target| for each anchor: torchvision's loss. All (P, 4); returns (P,)."""
    return (deltas - encode(boxes, anchors)).abs().sum(dim=1)


def smooth_l1(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """Smooth L1 with beta 1/9, the paper's and Fast R-CNN's with sigma 3 (arXiv:1504.08083, eq. 3)."""
    return F.smooth_l1_loss(deltas, encode(boxes, anchors), beta=1 / 9, reduction="none").sum(dim=1)


def giou(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """1 - GIoU of the decoded boxes (Rezatofighi et al. 2019, arXiv:1902.09630)."""
    return generalized_box_iou_loss(decode(deltas, anchors), boxes, reduction="none")


BOX_LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {"l1": l1, "smooth_l1": smooth_l1, "giou": giou}
