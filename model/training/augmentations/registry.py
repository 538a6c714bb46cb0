"""Every augmentation: one row for each file of this folder."""

from __future__ import annotations

from functools import cache

from model.discover import discover
from model.training import augmentations as folder
from model.training.augmentations.augmentation import Augmentation


@cache
def augmentations() -> tuple[Augmentation, ...]:
    """All rows, in the order in which they are applied."""
    return tuple(sorted(discover(folder, "AUGMENTATION"), key=lambda row: (row.stage, row.order)))
