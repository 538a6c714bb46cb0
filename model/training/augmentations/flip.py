"""Mirror images: left and right, or top and bottom, by the recipe's probabilities."""

from __future__ import annotations

from dataclasses import replace

from torchvision.transforms.v2 import functional as F

from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage


def flip(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Both chances are drawn every time, so that turning one off does not change what the other does."""
    horizontally, vertically = draw.rng.random() < settings.flip, draw.rng.random() < settings.vertical_flip
    if horizontally:
        sample = replace(sample, image=F.horizontal_flip(sample.image), boxes=F.horizontal_flip(sample.boxes))
    if vertically:
        sample = replace(sample, image=F.vertical_flip(sample.image), boxes=F.vertical_flip(sample.boxes))
    return sample


AUGMENTATION = Augmentation("flip", Stage.PLACE, 5, ("flip", "vertical_flip"), flip)
