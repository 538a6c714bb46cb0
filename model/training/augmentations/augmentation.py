"""What an augmentation is: a function from sample to sample, drawn from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.tv_tensors import BoundingBoxes

from model.network.roles import Role
from model.records import TrainSettings


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One image with what is on it, as the network will see it."""

    image: Tensor  # (3, H, W) uint8 RGB
    boxes: BoundingBoxes  # (M, 4) float32 xyxy px of `image`
    labels: Tensor  # (M,) int64: positions in the snapshot's classes
    roles: Tensor  # (M,) int64: a Role each

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) px."""
        return (self.image.shape[-2], self.image.shape[-1])


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One row of the registry. Lower orders are applied first."""

    name: str
    order: int
    apply: Callable[[Sample, TrainSettings, random.Random], Sample]


def bounding_boxes(boxes: Tensor, size: tuple[int, int]) -> BoundingBoxes:
    """Boxes (M, 4) xyxy px of an image of this size (H, W), as torchvision's transforms want them."""
    return BoundingBoxes(boxes.as_subclass(Tensor), format="XYXY", canvas_size=size)


def ignoring(roles: Tensor, which: Tensor) -> Tensor:
    """roles (M,) where the objects among `which` (M,) are ignored from now on."""
    return torch.where((roles == Role.OBJECT) & which, int(Role.IGNORED), roles)
