"""The body of the networks that torchvision keeps in one Sequential, `features`, run by us."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from torch import Tensor, nn
from torchvision.ops.misc import Conv2dNormActivation

from model.network.backbones.backbone import Backbone, Body, conv_norm

Ends = tuple[int, int, int, int, int]


class Features(Body):
    """torchvision's layers up to C5. Parameter names are torchvision's, and so is the initialisation.

    ends are the indices in `features` of the last layer of the stem, of stride 4, of C3, of C4 and of C5;
    what comes behind is left out. Stochastic depth stays as torchvision has it: in train mode only.
    """

    def __init__(self, make: Callable[..., nn.Module], ends: Ends, norm: Callable[..., nn.Module]) -> None:
        super().__init__()
        # with torchvision's own norms, to take over their eps and momentum, which differ between its networks
        layers: nn.Sequential = make(weights=None).features  # type: ignore[assignment]
        self.features = layers[: ends[-1] + 1]
        self._starts = (0, *(end + 1 for end in ends))  # where each stage begins
        for parent in list(self.features.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, Conv2dNormActivation) and isinstance(child[1], nn.BatchNorm2d):
                    setattr(parent, name, ConvNorm(child, norm))

    def stage(self, index: int, x: Tensor) -> Tensor:
        """As Body's."""
        for layer in self.features[self._starts[index] : self._starts[index + 1]]:
            x = layer(x)
        return x


class ConvNorm(nn.Sequential):
    """Conv2dNormActivation with a norm of ours, folded when it is frozen; its children keep their names."""

    def __init__(self, theirs: Conv2dNormActivation, norm: Callable[..., nn.Module]) -> None:
        conv, batch_norm, *activation = theirs
        ours = norm(batch_norm.num_features, eps=batch_norm.eps)
        if isinstance(ours, nn.BatchNorm2d):
            ours.momentum = batch_norm.momentum
        super().__init__(conv, ours, *activation)

    def forward(self, x: Tensor) -> Tensor:
        conv, norm, *activation = self
        x = conv_norm(conv, norm, x)  # type: ignore[arg-type]  # the first child is a Conv2d
        for layer in activation:
            x = layer(x)
        return x


def features_row(
    name: str,
    make: Callable[..., nn.Module],
    channels: tuple[int, int, int],
    ends: Ends,
    imagenet: str,
    kept: int,
) -> Backbone:
    """The registry's row of a network of torchvision's; ends as for Features: its stages end there too."""
    stages = tuple(
        tuple(f"features.{index}" for index in range(last + 1, end + 1))
        for last, end in pairwise((-1, *ends))
    )
    return Backbone(name, channels, stages, partial(Features, make, ends), imagenet, kept)
