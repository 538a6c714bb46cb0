"""The class and the box subnet: four 3x3 convolutions each, shared by all levels (arXiv:1708.02002, 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Each anchor starts as background with p = 0.01 of foreground, or step one drowns in negatives (section 4.1)
PRIOR = 0.01
PRIOR_BIAS = -math.log((1 - PRIOR) / PRIOR)


class ClassHead(nn.Module):
    """Levels (N, C, H, W) -> logits (N, A, K)."""

    def __init__(self, channels: int, convs: int, anchors: int, classes: int) -> None:
        super().__init__()
        self.conv = _tower(channels, convs)
        self.cls_logits = _conv(channels, anchors * classes, bias=PRIOR_BIAS)
        self._classes = classes

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        return torch.cat([_per_anchor(self.cls_logits(self.conv(x)), self._classes) for x in levels], dim=1)


class BoxHead(nn.Module):
    """Levels (N, C, H, W) -> deltas (N, A, 4)."""

    def __init__(self, channels: int, convs: int, anchors: int) -> None:
        super().__init__()
        self.conv = _tower(channels, convs)
        self.bbox_reg = _conv(channels, anchors * 4)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        return torch.cat([_per_anchor(self.bbox_reg(self.conv(x)), 4) for x in levels], dim=1)


class Heads(nn.Module):
    """Both subnets; they share no parameters."""

    def __init__(self, channels: int, convs: int, anchors: int, classes: int) -> None:
        super().__init__()
        self.classification_head = ClassHead(channels, convs, anchors, classes)
        self.regression_head = BoxHead(channels, convs, anchors)

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        return self.classification_head(levels), self.regression_head(levels)


def _conv(inputs: int, outputs: int, bias: float = 0.0) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1)
    nn.init.normal_(conv.weight, std=0.01)
    assert conv.bias is not None
    nn.init.constant_(conv.bias, bias)
    return conv


def _tower(channels: int, convs: int) -> nn.Sequential:
    # a Sequential of two for each layer, so that names equal torchvision's: conv.0.0.weight
    layers = (nn.Sequential(_conv(channels, channels), nn.ReLU(inplace=True)) for _ in range(convs))
    return nn.Sequential(*layers)


def _per_anchor(output: Tensor, values: int) -> Tensor:
    """(N, 9 * values, H, W) -> (N, H * W * 9, values), in the order of the anchors. Free in channels_last."""
    return output.permute(0, 2, 3, 1).reshape(len(output), -1, values)
