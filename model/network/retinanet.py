"""The network: images to logits and deltas. Nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d

from model.discover import discover
from model.network import backbones
from model.network.anchors import LEVELS, anchors_for
from model.network.backbones.backbone import Backbone, Body
from model.network.heads import Heads
from model.network.pyramid import Pyramid
from model.records import Architecture

BATCH_NORMS: dict[str, type[nn.Module]] = {"frozen": FrozenBatchNorm2d, "batch": nn.BatchNorm2d}
# sizes whose anchors are kept: a folder holds few sizes of images, but mixed batches make many
KEPT_ANCHORS = 16


FIRST_MAP = 2  # the stage whose output is C3


class Outputs(NamedTuple):
    """What the network says about each anchor of each image."""

    logits: Tensor  # (N, A, K)
    deltas: Tensor  # (N, A, 4)


class Trunk(nn.Module):
    """Backbone and pyramid. Named as torchvision names them: backbone.body, backbone.fpn."""

    def __init__(self, body: Body, fpn: Pyramid) -> None:
        super().__init__()
        self.body, self.fpn = body, fpn

    def forward(self, pixels: Tensor) -> list[Tensor]:
        return self.fpn(self.body(pixels))


class RetinaNet(nn.Module):
    """Lin et al. 2017, arXiv:1708.02002. Parameter names equal torchvision's retinanet_resnet50_fpn,
    and with p6_from "c5" and head_norm "group" those of retinanet_resnet50_fpn_v2.

    norm "frozen" keeps the backbone's batch norm as it is, for fine-tuning; "batch" lets it learn, for
    training from nothing. An architecture with body_norm "group" has no batch norm. frozen_stages counts the
    backbone's stages, from the input on, that do not learn.
    Raises ValueError.
    """

    def __init__(
        self, architecture: Architecture, classes: int, norm: str = "frozen", frozen_stages: int = 0
    ) -> None:
        super().__init__()
        if norm not in BATCH_NORMS:
            raise ValueError(f"norm is {norm!r}; it must be one of {', '.join(BATCH_NORMS)}")
        if architecture.body_norm not in ("batch", "group"):
            raise ValueError(f"body_norm is {architecture.body_norm!r}; it must be batch or group")
        if len(architecture.anchor_sizes) != LEVELS:
            raise ValueError(
                f"anchor_sizes are {architecture.anchor_sizes}; there must be one for each of P3 to P7"
            )
        row = backbone(architecture.backbone)
        if not 0 <= frozen_stages <= len(row.stages):
            raise ValueError(f"frozen_stages is {frozen_stages}; {row.name} has {len(row.stages)} stages")
        channels = architecture.channels
        make_norm = group_norm if architecture.body_norm == "group" else BATCH_NORMS[norm]
        self.backbone = Trunk(row.make(make_norm), Pyramid(row.channels, channels, architecture.p6_from))
        self.head = Heads(
            channels, architecture.head_convs, architecture.head_norm, architecture.anchors_per_place, classes
        )
        self.architecture, self.classes = architecture, classes
        self._anchors: dict[tuple[int, int, str], Tensor] = {}
        self.frozen_stages = 0
        self._frozen: list[nn.Module] = []
        self.freeze(frozen_stages)

    def freeze(self, stages: int) -> None:
        """Let the backbone's first `stages` stages keep their weights from now on, and all others learn."""
        rows = backbone(self.architecture.backbone).stages
        parts = [[self.backbone.body.get_submodule(part) for part in stage] for stage in rows]
        self._frozen = [part for stage in parts[:stages] for part in stage]
        for number, stage in enumerate(parts):
            for part in stage:
                part.requires_grad_(number >= stages)
        self.frozen_stages = stages
        self.train(self.training)

    def forward(self, pixels: Tensor) -> Outputs:
        """pixels (N, 3, H, W) normalised, H and W multiples of 32."""
        return Outputs(*self.head(self.backbone(pixels)))

    def frozen_features(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """What the frozen stages, of which there is one at least, make of pixels as in forward().

        All that forward_from() needs, and the same each time: an image on its own gives what it gives in a
        batch.
        """
        frozen = self.frozen_stages
        with torch.no_grad():
            outputs = self.backbone.body.run(pixels, 0, frozen)
        return tuple(outputs[min(FIRST_MAP, frozen - 1) :])

    def forward_from(self, features: Sequence[Tensor]) -> Outputs:
        """forward() of the pixels that gave these frozen_features()."""
        frozen = self.frozen_stages
        maps = [*(features if frozen > FIRST_MAP else ()), *self.backbone.body.run(features[-1], frozen)]
        return Outputs(*self.head(self.backbone.fpn(maps[-3:])))

    def anchors(self, size: tuple[int, int], device: torch.device | str = "cpu") -> Tensor:
        """The anchors (A, 4), xyxy px, of pixels of this size (H, W); kept for the next time."""
        key = (*size, str(device))
        if key not in self._anchors:
            if len(self._anchors) >= KEPT_ANCHORS:
                self._anchors.pop(next(iter(self._anchors)))
            self._anchors[key] = anchors_for(size, self.architecture).to(device)
        return self._anchors[key]

    def forget_anchors(self) -> None:
        """Give their memory back: they are made anew when they are asked for."""
        self._anchors.clear()

    def train(self, mode: bool = True) -> Self:
        """As nn.Module's, but frozen stages stay in eval mode: a batch norm would go on counting."""
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self


def group_norm(channels: int, eps: float = 1e-5) -> nn.GroupNorm:
    """In the place of a batch norm: 32 groups (Wu and He 2018, arXiv:1803.08494), or as many as divide channels."""
    return nn.GroupNorm(math.gcd(32, channels), channels, eps)


def backbone(name: str) -> Backbone:
    """The registry's row of this name. Raises ValueError."""
    rows: dict[str, Backbone] = {row.name: row for row in discover(backbones, "BACKBONES")}
    if name not in rows:
        raise ValueError(f"there is no backbone {name!r}; there are {', '.join(rows)}")
    return rows[name]
