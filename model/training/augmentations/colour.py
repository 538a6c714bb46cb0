"""Colour: brighter or darker, more or less contrast, more or less colourful, other hues."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from model.records import TrainSettings
from model.training.augmentations.arrays import to_array, to_image
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage

# At full strength, factors are drawn from 1 - x to 1 + x. Hue is a share of the circle: 0.05 is 18 degrees, and
# no more, because the colour of a thing is often what tells it from others.
BRIGHTNESS, CONTRAST, SATURATION, HUE = 0.5, 0.5, 0.7, 0.05
GREY = np.array([0.2989, 0.587, 0.114], np.float32)  # of red, green, blue, as torchvision has it
HUES = 180  # of OpenCV's bytes: two degrees each


def colour(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    brightness, contrast, saturation, hue = (
        draw.rng.uniform(-most, most) * settings.colour for most in (BRIGHTNESS, CONTRAST, SATURATION, HUE)
    )
    array = toned(to_array(sample.image), 1 + brightness, 1 + contrast, 1 + saturation)
    return replace(sample, image=to_image(other_hue(array, hue)))


def toned(array: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """The image (H, W, 3) uint8 after adjust_brightness, adjust_contrast and adjust_saturation of torchvision.

    All three are linear in the pixels, so they are one matrix: rounded once, a value beyond white may come back,
    and 0.1 ms for an image of 320 px where the three take 4.
    """
    mean = float(GREY @ np.array(cv2.mean(array)[:3]))  # contrast moves values from the mean grey
    matrix = saturation * np.eye(3, dtype=np.float32) + (1 - saturation) * GREY  # every row mixes in the grey
    offset = np.full((3, 1), (1 - contrast) * brightness * mean, np.float32)
    mixed: np.ndarray = cv2.transform(array, np.hstack((contrast * brightness * matrix, offset)))
    return mixed


def other_hue(array: np.ndarray, turn: float) -> np.ndarray:
    """The image (H, W, 3) uint8 with its hues moved by a share of the circle.

    As F.adjust_hue, which takes 8 ms for an image of 320 px where this takes 0.4.
    """
    hsv = cv2.cvtColor(array, cv2.COLOR_RGB2HSV)
    moved = ((np.arange(256) + round(turn * HUES)) % HUES).astype(np.uint8)
    hsv[..., 0] = cv2.LUT(np.ascontiguousarray(hsv[..., 0]), moved)
    back: np.ndarray = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return back


AUGMENTATION = Augmentation("colour", Stage.LOOK, 1, ("colour",), colour)
