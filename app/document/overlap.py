"""Which proposals say something that no label says already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.records import Detection

SAME_OBJECT = 0.5  # IoU from which two boxes of one class are the same object: VOC's own criterion
SAME_PLACE = 0.7  # IoU from which they are, whatever their classes: a person has said what stands there

NamedBox = tuple[str, tuple[float, float, float, float]]


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (N, 4), b (M, 4), xyxy px -> (N, M), 0 where a union is empty."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    intersection = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    union = area_a[:, None] + area_b[None, :] - intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def free_of(detections: Sequence[Detection], taken: Sequence[NamedBox]) -> tuple[Detection, ...]:
    """The detections that cover none of the boxes taken, in their order."""
    if not detections or not taken:
        return tuple(detections)
    iou = iou_matrix(
        np.array([detection.xyxy for detection in detections], dtype=float),
        np.array([xyxy for _, xyxy in taken], dtype=float),
    )
    names = np.array([name for name, _ in taken])
    same_class = np.array([detection.name for detection in detections])[:, None] == names[None, :]
    covered = ((iou >= SAME_OBJECT) & same_class) | (iou >= SAME_PLACE)
    return tuple(d for d, is_covered in zip(detections, covered.any(axis=1), strict=True) if not is_covered)


def outside_of(
    detections: Sequence[Detection], areas: Sequence[tuple[float, float, float, float]]
) -> tuple[Detection, ...]:
    """The detections that do not lie to a half or more within one of these areas, in their order.

    What a person marked to be ignored is not proposed, as it is not learned.
    """
    if not detections or not areas:
        return tuple(detections)
    boxes = np.array([detection.xyxy for detection in detections], dtype=float)
    within = np.array(areas, dtype=float)
    top_left = np.maximum(boxes[:, None, :2], within[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], within[None, :, 2:])
    inside = np.clip(bottom_right - top_left, 0, None).prod(axis=2).max(axis=1)
    half = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / 2
    return tuple(d for d, is_inside in zip(detections, inside >= half, strict=True) if not is_inside)


def best_of_each_place(detections: Sequence[Detection]) -> tuple[Detection, ...]:
    """Of detections, best first, those that say the most sure thing about their place, in their order.

    A network may call one object two things; accepted both, it would be labelled twice.
    """
    if len(detections) < 2:
        return tuple(detections)
    boxes = np.array([detection.xyxy for detection in detections], dtype=float)
    same = iou_matrix(boxes, boxes) >= SAME_PLACE
    stands = np.ones(len(detections), dtype=bool)
    for better in range(len(detections)):
        if stands[better]:
            stands[better + 1 :] &= ~same[better, better + 1 :]
    return tuple(d for d, is_best in zip(detections, stands, strict=True) if is_best)
