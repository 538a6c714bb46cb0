"""Noise: grain, as in low light."""

from __future__ import annotations

from dataclasses import replace

import cv2
import torch

from model.records import TrainSettings
from model.training.augmentations.arrays import to_array, to_image
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage

SIGMAS = (2.0, 15.0)  # of 255


def noise(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    """Gaussian, of each channel by itself.

    Not F.gaussian_noise: it draws from the generator that all threads share, so batches would not come again.
    """
    if draw.rng.random() >= settings.noise:
        return sample
    sigma = draw.rng.uniform(*SIGMAS)
    generator = torch.Generator().manual_seed(draw.rng.getrandbits(63))
    grain = torch.randn((*sample.size, 3), generator=generator).mul_(sigma)
    return replace(sample, image=to_image(cv2.add(to_array(sample.image), grain.numpy(), dtype=cv2.CV_8U)))


AUGMENTATION = Augmentation("noise", Stage.LOOK, 3, ("noise",), noise)
