"""The network: images to logits and deltas. Nothing else."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d

from model.discover import discover
from model.network import backbones
from model.network.anchors import anchors_for, shapes
from model.network.backbones.backbone import Backbone
from model.network.heads import Heads
from model.network.pyramid import Pyramid
from model.records import Architecture

KEPT_ANCHORS = 16  # sizes whose anchors are kept: folders hold few different image sizes, but scale jitter makes many


class Outputs(NamedTuple):
    """What the network says about each anchor."""

    logits: Tensor  # (N, A, K)
    deltas: Tensor  # (N, A, 4)


class Trunk(nn.Module):
    """Backbone and pyramid. Named as torchvision names them: backbone.body, backbone.fpn."""

    def __init__(self, body: nn.Module, fpn: Pyramid) -> None:
        super().__init__()
        self.body, self.fpn = body, fpn

    def forward(self, pixels: Tensor) -> list[Tensor]:
        return self.fpn(self.body(pixels))


class RetinaNet(nn.Module):
    """Lin et al. 2017, arXiv:1708.02002. Parameter names equal torchvision's retinanet_resnet50_fpn.

    norm "frozen" keeps the backbone's batch norm as it is, for fine-tuning; "batch" lets it learn, for training from
    nothing. frozen_stages counts the backbone's stages, from the input on, that do not learn.
    """

    def __init__(
        self, architecture: Architecture, classes: int, norm: str = "frozen", frozen_stages: int = 0
    ) -> None:
        super().__init__()
        row = backbone(architecture.backbone)
        norms = {"frozen": FrozenBatchNorm2d, "batch": nn.BatchNorm2d}
        if norm not in norms:
            raise ValueError(f"norm is {norm!r}; it must be one of {', '.join(norms)}")
        channels = architecture.channels
        self.backbone = Trunk(row.make(norms[norm]), Pyramid(row.channels, channels, architecture.p6_from))
        self.head = Heads(channels, architecture.head_convs, architecture.anchors_per_place, classes)
        self.architecture, self.classes = architecture, classes
        self._cells = shapes(architecture)
        self._anchors: dict[tuple[int, int, str], Tensor] = {}
        for stage in row.stages[:frozen_stages]:
            for name in stage:
                getattr(self.backbone.body, name).requires_grad_(False)

    def forward(self, pixels: Tensor) -> Outputs:
        """pixels (N, 3, H, W) normalised, H and W multiples of 32."""
        return Outputs(*self.head(self.backbone(pixels)))

    def anchors(self, size: tuple[int, int], device: object = "cpu") -> Tensor:
        """The anchors (A, 4), xyxy px, of a batch of this size (H, W); cached."""
        key = (*size, str(device))
        if key not in self._anchors:
            while len(self._anchors) >= KEPT_ANCHORS:
                self._anchors.pop(next(iter(self._anchors)))
            self._anchors[key] = anchors_for(size, grids(size), self._cells).to(device)  # type: ignore[call-overload]
        return self._anchors[key]


def grids(size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """(H, W) of the feature maps P3..P7 for pixels of this size. Each stride-2 convolution rounds up."""
    levels = []
    height, width = size
    for step in range(1, 8):
        height, width = (height + 1) // 2, (width + 1) // 2
        if step >= 3:
            levels.append((height, width))
    return tuple(levels)


def backbone(name: str) -> Backbone:
    """The registry's row of this name. Raises ValueError."""
    rows = {row.name: row for row in discover(backbones, "BACKBONES")}
    if name not in rows:
        raise ValueError(f"there is no backbone {name!r}; there are {', '.join(rows)}")
    return rows[name]
