"""Labels and detections of images as arrays: what every measure begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.records import Detection, LabelClass, LabelledImage
from model.training.selection import is_sound


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One image: M boxes that are there and N that were told, best first. Boxes xyxy in px of the image.

    labels and told_labels are positions in the list of classes. A difficult box is an object that counts
    neither as found nor as missed; an area is where nothing that is told is wrong, of any class.
    """

    image: int  # LabelledImage.id
    boxes: np.ndarray  # (M, 4) float64
    labels: np.ndarray  # (M,) int64; -1 for areas, which are of no class
    difficult: np.ndarray  # (M,) bool
    areas: np.ndarray  # (M,) bool
    told: np.ndarray  # (N, 4) float64
    told_labels: np.ndarray  # (N,) int64
    scores: np.ndarray  # (N,) float64, falling

    @property
    def counts(self) -> np.ndarray:
        """Which boxes are to be found, (M,) bool."""
        return ~(self.difficult | self.areas)


def cases_of(
    classes: Sequence[LabelClass],
    images: Sequence[LabelledImage],
    found: Sequence[Sequence[Detection]],
    learn_difficult: bool,
) -> list[Case]:
    """found: the detections of each image. Those of a class that is not in `classes` cannot be judged: left out.

    So are boxes of such a class, and boxes of no width or height. learn_difficult: difficult boxes are as others.
    """
    by_id = {c.id: position for position, c in enumerate(classes)}
    by_name = {c.name: position for position, c in enumerate(classes)}
    cases = []
    for image, detections in zip(images, found, strict=True):
        boxes = [box for box in image.boxes if (box.ignore or box.label in by_id) and is_sound(box)]
        # sorted() keeps the order of equal scores, as COCO's mergesort does
        told = sorted((d for d in detections if d.name in by_name), key=lambda d: -d.score)
        areas = np.array([box.ignore for box in boxes], bool)
        difficult = np.array([box.difficult and not learn_difficult for box in boxes], bool) & ~areas
        cases.append(
            Case(
                image.id,
                np.array([box.xyxy for box in boxes], float).reshape(-1, 4),
                np.array([-1 if box.ignore else by_id[box.label] for box in boxes], int),
                difficult,
                areas,
                np.array([d.xyxy for d in told], float).reshape(-1, 4),
                np.array([by_name[d.name] for d in told], int),
                np.array([d.score for d in told], float),
            )
        )
    return cases


def object_counts(cases: Sequence[Case], classes: int) -> np.ndarray:
    """How many boxes of each class are to be found, (K,) int64."""
    labels = [case.labels[case.counts] for case in cases]
    return np.bincount(np.concatenate([*labels, np.empty(0, int)]), minlength=classes)


def overlaps(told: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """IoU of N told boxes with M others, and the share of each told box that lies inside: (N, M) both.

    Edges are continuous: width = xmax - xmin, without the one pixel that VOC's devkit adds to whole pixels.
    """
    low = np.maximum(told[:, None, :2], boxes[None, :, :2])
    high = np.minimum(told[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)  # (N, M)
    area_told = (told[:, 2:] - told[:, :2]).prod(1)[:, None]
    area_boxes = (boxes[:, 2:] - boxes[:, :2]).prod(1)[None]
    return shared / (area_told + area_boxes - shared), shared / area_told
