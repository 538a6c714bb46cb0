"""What an augmentation is: a function from sample to sample, drawn from a seeded generator of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor
from torchvision.tv_tensors import BoundingBoxes

from model.network.roles import Role
from model.records import TrainSettings


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One image with what is on it, as the network will see it. Its tensors are shared: nobody writes into them."""

    image: Tensor  # (3, H, W) uint8 RGB
    boxes: BoundingBoxes  # (M, 4) float32 xyxy px of `image`
    labels: Tensor  # (M,) int64: positions in the snapshot's classes
    roles: Tensor  # (M,) int64: a Role each
    seen: Tensor  # (M,) float32, 0..1: how much of each box, as it was labelled, can still be seen

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) px."""
        return (self.image.shape[-2], self.image.shape[-1])


@dataclass(frozen=True, slots=True)
class Draw:
    """What an augmentation draws from. No other one draws from it, so turning one on changes no other."""

    rng: random.Random
    # another training image, after the augmentations of Stage.PLACE; None where none can be read
    another: Callable[[], Sample | None]


class Stage(IntEnum):
    """When an augmentation is applied."""

    PLACE = 1  # where things are in an image
    JOIN = 2  # several images become one
    LOOK = 3  # what the pixels look like


@dataclass(frozen=True, slots=True)
class Augmentation:
    """One row of the registry."""

    name: str
    stage: Stage
    order: int  # in its stage, the lowest first
    settings: tuple[str, ...]  # names in TrainSettings: all 0, and this is off
    apply: Callable[[Sample, TrainSettings, Draw], Sample]

    def is_on(self, settings: TrainSettings) -> bool:
        return any(getattr(settings, name) for name in self.settings)


def bounding_boxes(boxes: Tensor, size: tuple[int, int]) -> BoundingBoxes:
    """Boxes (M, 4) xyxy px of an image of this size (H, W), as torchvision's transforms want them."""
    return BoundingBoxes(boxes.as_subclass(Tensor), format="XYXY", canvas_size=size)


def ignoring(roles: Tensor, which: Tensor) -> Tensor:
    """roles (M,) where the objects among `which` (M,) are ignored from now on."""
    return torch.where((roles == Role.OBJECT) & which, int(Role.IGNORED), roles)
