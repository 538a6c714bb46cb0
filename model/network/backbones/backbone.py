"""What a backbone must offer, and the convolution with norm that all of them run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d


@dataclass(frozen=True, slots=True)
class Backbone:
    """One row of the registry.

    make(norm) builds a module that maps (N, 3, H, W) to C3, C4, C5 at strides 8, 16, 32; norm(channels) and
    norm(channels, eps=...) are its layer of batch norm. stages are the names of its parts from the input on:
    the stem, stride 4, and what leads to C3, C4 and C5. They are what frozen_stages counts, and all of
    torchvision's network of this name that there is; the rest of it serves its classifier.
    """

    name: str
    channels: tuple[int, int, int]  # of C3, C4, C5
    stages: tuple[tuple[str, ...], ...]
    make: Callable[[Callable[..., nn.Module]], Body]
    imagenet: str  # torchvision's name of its ImageNet weights
    kept: int  # bytes for each pixel that backward needs of forward, with 256 channels behind it, in float32


class Body(nn.Module):
    """A network in five stages, one after the other: the stem, stride 4, and what leads to C3, C4 and C5."""

    STAGES = 5

    def stage(self, index: int, x: Tensor) -> Tensor:
        """What a stage makes of the output of the one before; the first is given the pixels (N, 3, H, W)."""
        raise NotImplementedError

    def run(self, x: Tensor, first: int = 0, last: int = STAGES) -> list[Tensor]:
        """The outputs of the stages from first to before last, where x is what the first one is given."""
        outputs = []
        for index in range(first, last):
            x = self.stage(index, x)
            outputs.append(x)
        return outputs

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(N, 3, H, W) -> C3, C4, C5."""
        return self.run(pixels)[2:]


def conv_norm(conv: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """norm(conv(x)), where a frozen norm is folded into the convolution.

    The scale multiplies the small weight instead of the large activation, and the weight's gradient is
    exactly that of the two in a row: 5 to 10 % of a training step.
    """
    if not isinstance(norm, FrozenBatchNorm2d):
        return norm(conv(x))
    weight, shift = _folded(conv, norm)
    return F.conv2d(x, weight, shift, conv.stride, conv.padding, conv.dilation, conv.groups)


def fold(module: nn.Module) -> None:
    """Fold every frozen norm into the convolution before it, once and for all: for detection only.

    The module gives the same answers as before, but its state_dict is no longer that of a RetinaNet.
    """
    for parent in list(module.modules()):
        for (_, conv), (name, norm) in pairwise(list(parent.named_children())):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, FrozenBatchNorm2d):
                with torch.no_grad():
                    weight, shift = _folded(conv, norm)
                conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(shift)
                setattr(parent, name, nn.Identity())


def _folded(conv: nn.Conv2d, norm: FrozenBatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the one convolution that is norm after conv, which has no bias."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
