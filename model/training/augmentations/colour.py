"""Colour: brighter or darker, more or less contrast, more or less colourful, other hues."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from model.records import TrainSettings
from model.training.augmentations.arrays import to_array, to_image
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage

# At full strength, factors are drawn from 1 - x to 1 + x. Hue is a share of the circle: 0.05 is 18 degrees, and
# no more, because the colour of a thing is often what tells it from others.
BRIGHTNESS, CONTRAST, SATURATION, HUE = 0.5, 0.5, 0.7, 0.05
HUES = 180  # of OpenCV's bytes: two degrees each


def colour(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    brightness, contrast, saturation, hue = (
        draw.rng.uniform(-most, most) * settings.colour for most in (BRIGHTNESS, CONTRAST, SATURATION, HUE)
    )
    image = F.adjust_brightness(sample.image, 1 + brightness)
    image = F.adjust_contrast(image, 1 + contrast)
    image = F.adjust_saturation(image, 1 + saturation)
    return replace(sample, image=other_hue(image, hue))


def other_hue(image: Tensor, turn: float) -> Tensor:
    """The image (3, H, W) with its hues moved by a share of the circle.

    As F.adjust_hue, which takes 8 ms for an image of 320 px where this takes 0.4.
    """
    hsv = cv2.cvtColor(to_array(image), cv2.COLOR_RGB2HSV)
    moved = ((np.arange(256) + round(turn * HUES)) % HUES).astype(np.uint8)
    hsv[..., 0] = cv2.LUT(np.ascontiguousarray(hsv[..., 0]), moved)
    return to_image(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


AUGMENTATION = Augmentation("colour", Stage.LOOK, 1, ("colour",), colour)
