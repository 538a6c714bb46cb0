"""The class and the box subnet: four 3x3 convolutions each, shared by all levels (arXiv:1708.02002, 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Each anchor starts as background with p = 0.01 of foreground, or step one drowns in negatives (section 4.1)
PRIOR = 0.01
PRIOR_BIAS = -math.log((1 - PRIOR) / PRIOR)
GROUPS = 32  # of a group norm (Wu and He 2018, arXiv:1803.08494): theirs and torchvision's


class ClassHead(nn.Module):
    """Levels (N, C, H, W) -> logits (N, A, K)."""

    def __init__(self, channels: int, convs: int, norm: str, anchors: int, classes: int) -> None:
        super().__init__()
        self.conv = _tower(channels, convs, norm)
        self.cls_logits = _conv(channels, anchors * classes, bias=PRIOR_BIAS)
        self._classes = classes

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        return torch.cat([_per_anchor(self.cls_logits(self.conv(x)), self._classes) for x in levels], dim=1)


class BoxHead(nn.Module):
    """Levels (N, C, H, W) -> deltas (N, A, 4)."""

    def __init__(self, channels: int, convs: int, norm: str, anchors: int) -> None:
        super().__init__()
        self.conv = _tower(channels, convs, norm)
        self.bbox_reg = _conv(channels, anchors * 4)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        return torch.cat([_per_anchor(self.bbox_reg(self.conv(x)), 4) for x in levels], dim=1)


class Heads(nn.Module):
    """Both subnets; they share no parameters. Raises ValueError."""

    def __init__(self, channels: int, convs: int, norm: str, anchors: int, classes: int) -> None:
        super().__init__()
        if norm not in ("none", "group"):
            raise ValueError(
                f"head_norm is {norm!r}; it must be none (the paper) or group (torchvision's v2)"
            )
        if norm == "group" and channels % GROUPS:
            raise ValueError(f"channels are {channels}; a group norm needs a multiple of {GROUPS}")
        self.classification_head = ClassHead(channels, convs, norm, anchors, classes)
        self.regression_head = BoxHead(channels, convs, norm, anchors)

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        return self.classification_head(levels), self.regression_head(levels)


def _conv(inputs: int, outputs: int, bias: float | None = 0.0) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias is not None)
    nn.init.normal_(conv.weight, std=0.01)
    if conv.bias is not None and bias is not None:
        nn.init.constant_(conv.bias, bias)
    return conv


def _tower(channels: int, convs: int, norm: str) -> nn.Sequential:
    return nn.Sequential(*(_layer(channels, norm) for _ in range(convs)))


def _layer(channels: int, norm: str) -> nn.Sequential:
    # a Sequential for each layer, so that names equal torchvision's: conv.0.0.weight
    if norm == "group":  # the norm shifts, so the convolution needs no bias
        parts = (_conv(channels, channels, bias=None), nn.GroupNorm(GROUPS, channels))
        return nn.Sequential(*parts, nn.ReLU(inplace=True))
    return nn.Sequential(_conv(channels, channels), nn.ReLU(inplace=True))


def _per_anchor(output: Tensor, values: int) -> Tensor:
    """(N, 9 * values, H, W) -> (N, H * W * 9, values), in the order of the anchors. Free in channels_last."""
    return output.permute(0, 2, 3, 1).reshape(len(output), -1, values)
