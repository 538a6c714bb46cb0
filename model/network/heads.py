"""The class and the box subnet: four 3x3 convolutions each, shared over all levels (arXiv:1708.02002, section 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

PRIOR = 0.01  # each anchor starts as background with this probability of foreground, or step one drowns in negatives


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, 3, padding=1)
    nn.init.normal_(conv.weight, std=0.01)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv


def _tower(channels: int, convs: int) -> nn.Sequential:
    # Sequential(conv, relu) each, so that names equal torchvision's: conv.0.0.weight
    return nn.Sequential(*(nn.Sequential(_conv(channels, channels), nn.ReLU(inplace=True)) for _ in range(convs)))


def _per_anchor(output: Tensor, values: int) -> Tensor:
    """(N, 9 * values, H, W) -> (N, H * W * 9, values), in the order of the anchors."""
    n, _, height, width = output.shape
    return output.reshape(n, -1, values, height, width).permute(0, 3, 4, 1, 2).reshape(n, -1, values)


class ClassHead(nn.Module):
    """Levels (N, C, H, W) -> logits (N, A, K)."""

    def __init__(self, channels: int, convs: int, anchors: int, classes: int) -> None:
        super().__init__()
        self.conv = _tower(channels, convs)
        self.cls_logits = _conv(channels, anchors * classes)
        nn.init.constant_(self.cls_logits.bias, -math.log((1 - PRIOR) / PRIOR))  # type: ignore[arg-type]
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
