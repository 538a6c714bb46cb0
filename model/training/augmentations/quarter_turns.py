"""Turn images by 90, 180 or 270 degrees. Nothing is lost, and boxes are as exact as before."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from model.records import TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage, bounding_boxes


def quarter_turns(sample: Sample, settings: TrainSettings, draw: Draw) -> Sample:
    if draw.rng.random() >= settings.quarter_turns:
        return sample
    turns = draw.rng.randint(1, 3)
    (height, width), boxes = sample.size, sample.boxes.as_subclass(Tensor)
    for _ in range(turns):  # torchvision turns boxes by sines and cosines: not quite exact
        xmin, ymin, xmax, ymax = boxes.unbind(dim=1)
        boxes = torch.stack((ymin, width - xmax, ymax, width - xmin), dim=1)
        height, width = width, height
    image = F.rotate(sample.image, 90.0 * turns, expand=True)  # counter-clockwise; copies, does not compute
    return replace(sample, image=image, boxes=bounding_boxes(boxes, (height, width)))


AUGMENTATION = Augmentation("quarter turns", Stage.PLACE, 4, ("quarter_turns",), quarter_turns)
