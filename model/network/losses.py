"""The two losses of RetinaNet: focal for the classes, one of three for the boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import generalized_box_iou_loss

from model.network.deltas import decode, encode

# Logits looked at together. All those of 91 classes at 800 px take five tensors of 44 MB for each image, and on a
# CPU twice the time, because they leave its cache; a GPU has to be kept busy.
AT_ONCE_CPU, AT_ONCE = 1 << 17, 1 << 26
ALPHA = 0.25  # arXiv:1708.02002, table 1b: best with GAMMA = 2, which focal_loss_of_anchors() has built in


def focal_loss(logits: Tensor, targets: Tensor, alpha: float | None = ALPHA, gamma: float = 2.0) -> Tensor:
    """Sum over all elements of FL(p_t) = -alpha_t (1 - p_t)^gamma log(p_t).   arXiv:1708.02002, eq. 5.

    logits and targets (0 or 1) of one shape. gamma 0 and no alpha is binary cross entropy. The definition, to
    read and to test against; training runs focal_loss_of_anchors().
    """
    loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")  # -log(p_t)
    p = logits.sigmoid()
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = (1 - p_t) ** gamma * loss
    if alpha is not None:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss.sum()


class _FocalLoss(torch.autograd.Function):
    """The gradient is written in the forward pass, in closed form: one tensor of the logits' size is kept.

    Background, -log(1 - p) = softplus(x):  d/dx p^2 softplus(x) = p^2 (2 (1 - p) softplus(x) + p).
    Foreground is its mirror, x to -x.
    """

    @staticmethod
    def forward(
        ctx: Any, logits: Tensor, weights: Tensor, foreground: Tensor, labels: Tensor, learns: Tensor
    ) -> Tensor:
        """As focal_loss_of_anchors()."""
        x = logits.flatten(0, 1)  # (N * A, K)
        weights = weights.flatten()[:, None]
        # float16 cannot hold it before it is scaled: p^2 / foreground is 1e-6 at the prior
        kept = torch.float32 if logits.dtype is torch.float16 else logits.dtype
        gradient = torch.empty_like(x, dtype=kept)
        loss = torch.zeros((), device=x.device)
        # everything as if it were background ...
        step = max(1, (AT_ONCE_CPU if x.device.type == "cpu" else AT_ONCE) // x.shape[1])
        for rows in map(slice, range(0, len(x), step), range(step, len(x) + step, step)):
            some = x[rows].float()
            p, softplus = some.sigmoid(), F.softplus(some)
            p_squared = (p * p).mul_(weights[rows] * (1 - ALPHA))
            loss += torch.dot(p_squared.flatten(), softplus.flatten())
            gradient[rows] = softplus.mul_((1 - p).mul_(2)).add_(p).mul_(p_squared)
        own = foreground, labels  # ... then put right where it is not: P of N * A * K
        x_own, weights = x[own].float(), weights[foreground, 0]
        p, q = x_own.sigmoid(), (-x_own).sigmoid()
        of_background = (1 - ALPHA) * weights * p * p * F.softplus(x_own)
        scale = ALPHA * weights * q * q
        loss += ((scale * F.softplus(-x_own) - of_background) * learns).sum()
        of_foreground = (-scale * (2 * p * F.softplus(-x_own) + q)).to(kept)
        gradient[own] = torch.where(learns, of_foreground, gradient[own])
        ctx.save_for_backward(gradient.view_as(logits))
        ctx.dtype = logits.dtype
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None]:
        """The gradient of the logits alone."""
        (gradient,) = ctx.saved_tensors
        return (gradient * gradients[0]).to(ctx.dtype), None, None, None, None


def focal_loss_of_anchors(
    logits: Tensor, weights: Tensor, foreground: Tensor, labels: Tensor, learns: Tensor
) -> Tensor:
    """focal_loss() of a batch in one pass: equal in value and gradient, and several times faster.

    logits (N, A, K); weights (N, A): how much each anchor counts, 0 for ignored ones; foreground (P,):
    indices into N * A, each once; labels (P,): the class that such an anchor has if learns (P,) says that it
    has one, else any. Returns (), float32.
    """
    return _FocalLoss.apply(logits, weights, foreground, labels, learns)


def l1(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """Sum of |delta - target|: torchvision's loss. All (P, 4), boxes and anchors xyxy px; returns (P,)."""
    return (deltas - encode(boxes, anchors)).abs().sum(dim=1)


def smooth_l1(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """The paper's loss (Girshick 2015, arXiv:1504.08083, eq. 3), at keras-retinanet's sigma 3: beta 1/9."""
    return F.smooth_l1_loss(deltas, encode(boxes, anchors), beta=1 / 9, reduction="none").sum(dim=1)


def giou(deltas: Tensor, boxes: Tensor, anchors: Tensor) -> Tensor:
    """1 - GIoU of the decoded boxes (Rezatofighi et al. 2019, arXiv:1902.09630)."""
    return generalized_box_iou_loss(decode(deltas, anchors), boxes, reduction="none")


BOX_LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "l1": l1,
    "smooth_l1": smooth_l1,
    "giou": giou,
}
