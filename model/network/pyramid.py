"""The feature pyramid, C3-C5 to P3-P7 (Lin et al. 2017, arXiv:1612.03144; P6 and P7: arXiv:1708.02002)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
    nn.init.kaiming_uniform_(conv.weight, a=1)
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
    return conv


class TopBlocks(nn.Module):
    """P6 and P7 by 3x3 convolutions of stride 2, P6 from P5 or from C5."""

    def __init__(self, c5_channels: int, channels: int, p6_from: str) -> None:
        super().__init__()
        if p6_from not in ("p5", "c5"):
            raise ValueError(f"p6_from is {p6_from!r}; it must be p5 (torchvision) or c5 (the paper)")
        self._from_p5 = p6_from == "p5"
        self.p6 = _conv(channels if self._from_p5 else c5_channels, channels, 3, stride=2)
        self.p7 = _conv(channels, channels, 3, stride=2)

    def forward(self, c5: Tensor, p5: Tensor) -> tuple[Tensor, Tensor]:
        p6 = _halved(self.p6, p5 if self._from_p5 else c5)
        return p6, _halved(self.p7, F.relu(p6))


def _halved(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """conv(x), of stride 2.

    Where the result is one column wide, oneDNN's bfloat16 may give memory as it happens to be for the weight's
    gradient (torch 2.15 on a CPU with AMX). So it is made two wide, of columns of zeros, which are what the
    convolution pads with anyway, and the second is left out.
    """
    width = x.shape[-1]
    return conv(F.pad(x, (0, 3 - width)))[..., :1] if width <= 2 else conv(x)


class Pyramid(nn.Module):
    """C3, C4, C5 (N, C, H, W) -> P3..P7 (N, channels, H, W), strides 8..128 px."""

    def __init__(self, inputs: Sequence[int], channels: int, p6_from: str) -> None:
        super().__init__()
        # wrapped in Sequential, so that names equal torchvision's: inner_blocks.0.0.weight
        self.inner_blocks = nn.ModuleList(nn.Sequential(_conv(c, channels, 1)) for c in inputs)
        self.layer_blocks = nn.ModuleList(nn.Sequential(_conv(channels, channels, 3)) for _ in inputs)
        self.extra_blocks = TopBlocks(inputs[-1], channels, p6_from)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        top_down = self.inner_blocks[-1](features[-1])
        levels = [self.layer_blocks[-1](top_down)]
        for i in range(len(features) - 2, -1, -1):
            lateral = self.inner_blocks[i](features[i])
            top_down = lateral + F.interpolate(top_down, size=lateral.shape[-2:], mode="nearest")
            levels.insert(0, self.layer_blocks[i](top_down))
        return levels + list(self.extra_blocks(features[-1], levels[-1]))
