"""Tiny drawn data sets: enough to learn from in seconds, with boxes that are exact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from model.records import (
    Architecture,
    Box,
    LabelClass,
    LabelledImage,
    Labels,
    Snapshot,
    State,
    TrainSettings,
)

SQUARE, DISC, BAR = (
    LabelClass(number, name, "#808080") for number, name in ((1, "square"), (2, "disc"), (3, "bar"))
)
TINY = Architecture(
    "resnet18", channels=32, head_convs=1, anchor_sizes=(16, 32, 64, 128, 256), short_side=96, long_side=128
)
# a network that learns a handful of tiny images from nothing in seconds
SETTINGS = TrainSettings(
    "test",
    TINY,
    weights="none",
    norm="batch",
    epochs=1,
    batch_size=4,
    learning_rate=1e-3,
    warmup_steps=5,
    scale_jitter=(0.9, 1.1),
    validation_share=0.0,  # the val images of scenes() validate, no others
    device="cpu",
    precision="float32",
)


def draw(folder: Path, number: int, split: str = "train", size: tuple[int, int] = (96, 128)) -> LabelledImage:
    """An image (H, W) px with a red square and a green disc on grey, written to a file, with its boxes."""
    rng = np.random.default_rng(number)
    height, width = size
    unit = height / 96
    pixels = np.full((height, width, 3), 96, np.uint8) + rng.integers(0, 24, (height, width, 3), np.uint8)
    boxes = []
    for label, left, colour in ((SQUARE, 0.0, (220, 40, 40)), (DISC, 0.5, (40, 200, 60))):
        side = int(rng.integers(24, 44) * unit)
        x = int(left * width + rng.integers(2, width // 2 - side - 2))
        y = int(rng.integers(2, height - side - 2))
        if label is SQUARE:
            pixels[y : y + side, x : x + side] = colour
        else:
            cv2.circle(pixels, (x + side // 2, y + side // 2), side // 2, colour, -1)
            side = 2 * (side // 2) + 1
        boxes.append(Box(x, y, x + side, y + side, label.id, uid=100 * number + label.id))
    path = f"{number}.png"
    cv2.imwrite(str(folder / path), pixels[:, :, ::-1])
    return LabelledImage(number, path, width, height, Labels(tuple(boxes), State.DONE), split)


def scenes(folder: Path, train: int = 8, val: int = 2) -> Snapshot:
    images = [draw(folder, number) for number in range(1, train + 1)]
    images += [draw(folder, number, "val") for number in range(train + 1, train + val + 1)]
    return Snapshot(folder, (SQUARE, DISC), tuple(images))


def relabelled(image: LabelledImage, *boxes: Box) -> LabelledImage:
    return replace(image, labels=Labels(boxes, State.DONE))
