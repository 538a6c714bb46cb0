"""What the frozen stages of a backbone make of an image, kept for the next time the same pixels come."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor

from model.network.preprocess import Batch
from model.network.retinanet import RetinaNet
from model.records import TrainSettings
from model.training.augmentations.registry import augmentations

# Augmentations that have few outcomes: two by each mirror, four by quarter turns. Every other makes an image new.
FEW_FACES = ("flip", "quarter turns")

Key = tuple[bytes, tuple[int, ...], tuple[int, int]]


class FeatureCache:
    """The features of as many images as fit a budget of bytes; what came first stays.

    An image is known by its pixels, so any augmentation may have made them: a flip makes two images of one.
    The batch's size belongs to it too, because padding shows in the features. Made for one network, whose
    frozen stages keep their weights as long as this lives.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: dict[Key, tuple[Tensor, ...]] = {}
        self._bytes = 0

    def __call__(self, network: RetinaNet, batch: Batch, images: Sequence[np.ndarray]) -> tuple[Tensor, ...]:
        """network.frozen_features() of a batch, which collate() made of these images (H, W, 3) uint8."""
        keys = [_key(image, batch.size) for image in images]
        missing = [i for i, key in enumerate(keys) if key not in self._held]
        made: tuple[Tensor, ...] = ()
        if missing:
            chosen = batch.pixels if len(missing) == len(images) else batch.pixels[missing]
            made = network.frozen_features(chosen.contiguous(memory_format=torch.channels_last))
            if len(missing) == len(images):
                self._keep(keys, made)
                return made
        place = {index: row for row, index in enumerate(missing)}
        each = [
            tuple(level[place[i] : place[i] + 1] for level in made) if i in place else self._held[key]
            for i, key in enumerate(keys)
        ]
        self._keep([keys[i] for i in missing], made)
        return tuple(torch.cat(level) for level in zip(*each, strict=True))

    def _keep(self, keys: Sequence[Key], made: tuple[Tensor, ...]) -> None:
        for row, key in enumerate(keys):
            size = sum(level[row].nbytes for level in made)
            if self._bytes + size > self._budget:
                return
            if key not in self._held:  # one image may come twice in a batch
                # a copy: a row alone would hold the memory of the whole batch
                self._held[key] = tuple(level[row : row + 1].clone() for level in made)
                self._bytes += size


def are_worth_keeping(settings: TrainSettings) -> bool:
    """Whether the same pixels will come again: only where an image has few faces, and one size."""
    lowest, highest = settings.scale_jitter
    others = (row for row in augmentations() if row.name not in FEW_FACES and row.name != "scale")
    return settings.frozen_stages > 0 and lowest == highest and not any(row.is_on(settings) for row in others)


def _key(image: np.ndarray, batch_size: tuple[int, int]) -> Key:
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest(), image.shape, batch_size
