"""What a backbone must offer, and the frozen batch norm they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d


@dataclass(frozen=True, slots=True)
class Backbone:
    """One row of the registry. make(norm) builds a module that maps (N, 3, H, W) to C3, C4, C5 at strides 8, 16, 32.

    stages are the names of its parts from the input on: what `frozen_stages` counts.
    """

    name: str
    channels: tuple[int, int, int]  # of C3, C4, C5
    stages: tuple[tuple[str, ...], ...]
    make: Callable[[Callable[[int], nn.Module]], nn.Module]
    imagenet: str  # torchvision's name of its ImageNet weights


def conv_norm(conv: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """norm(conv(x)); with a frozen norm as one convolution with scaled weights: the scale multiplies the small weight
    instead of the large activation, and the weight's gradient is exactly that of the two in a row."""
    if not isinstance(norm, FrozenBatchNorm2d):
        return norm(conv(x))
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    shift = norm.bias - norm.running_mean * scale
    return F.conv2d(x, conv.weight * scale[:, None, None, None], shift, conv.stride, conv.padding, 1, conv.groups)
