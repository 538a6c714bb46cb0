"""Pascal VOC's rule of what is found (VOCdevkit, VOCevaldet.m), its two APs, and the score that is best kept.

Edges are continuous here, so no pixel is added to widths and heights as the devkit does to its whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.records import Threshold
from model.training.measures.cases import Case, object_counts, overlaps

OVERLAP = 0.5  # the least IoU: VOCevaldet.m says >=
WRONG, RIGHT, UNJUDGED = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The N judged detections of a class (or of all), best first: which are right, of how many objects."""

    scores: np.ndarray  # (N,), falling
    right: np.ndarray  # (N,) bool
    objects: int

    @property
    def recall(self) -> np.ndarray:
        return np.cumsum(self.right) / self.objects

    @property
    def precision(self) -> np.ndarray:
        return np.cumsum(self.right) / np.arange(1, len(self.right) + 1)


def rankings(cases: Sequence[Case], classes: int) -> list[Ranking]:
    """The ranking of each class."""
    empty = np.empty(0, int)
    scores = np.concatenate([*(case.scores for case in cases), empty])
    labels = np.concatenate([*(case.told_labels for case in cases), empty])
    verdicts = np.concatenate([*(verdicts_of(case) for case in cases), empty])
    objects = object_counts(cases, classes)
    return [
        _ranked(scores[of_class], verdicts[of_class], int(objects[label]))
        for label in range(classes)
        for of_class in [(labels == label) & (verdicts != UNJUDGED)]
    ]


def pooled(of_classes: Sequence[Ranking]) -> Ranking:
    """The detections of all classes in one ranking."""
    return _ranked(
        np.concatenate([*(r.scores for r in of_classes), np.empty(0)]),
        np.concatenate([*(r.right for r in of_classes), np.empty(0, bool)]),
        sum(r.objects for r in of_classes),
    )


def verdicts_of(case: Case) -> np.ndarray:
    """WRONG, RIGHT or UNJUDGED of each detection of an image, (N,) int64.

    A detection belongs to the object of its class that it overlaps most, if by half; the best of those that
    belong to one object is right, the others are wrong. Those that belong to a difficult object are not
    judged, nor are the wrong ones that lie by half in an area to ignore: VOC knows none.
    """
    verdicts = np.full(len(case.scores), WRONG)
    if not len(case.boxes) or not len(case.scores):
        return verdicts
    iou, inside = overlaps(case.told, case.boxes)  # (N, M)
    same = case.told_labels[:, None] == case.labels[None]
    iou = np.where(same, iou, 0.0)
    owner = iou.argmax(1)
    belongs = np.flatnonzero(iou.max(1) >= OVERLAP)
    owners, first = np.unique(owner[belongs], return_index=True)  # detections are best first
    verdicts[belongs[first]] = np.where(case.difficult[owners], UNJUDGED, RIGHT)
    verdicts[belongs[case.difficult[owner[belongs]]]] = UNJUDGED
    in_area = inside[:, case.areas].max(1, initial=0.0) >= OVERLAP
    verdicts[in_area & (verdicts == WRONG)] = UNJUDGED
    return verdicts


def ap(ranking: Ranking) -> float | None:
    """The area under the curve, its precision made to fall only: VOC2010 and later (VOCap.m)."""
    if not ranking.objects:
        return None
    recall = np.concatenate([[0.0], ranking.recall, [1.0]])
    precision = np.concatenate([[0.0], ranking.precision, [0.0]])
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * falling[1:]))


def ap_of_2007(ranking: Ranking) -> float | None:
    """The mean of the best precision at a recall of at least 0, 0.1 .. 1."""
    if not ranking.objects:
        return None
    recall, precision = ranking.recall, ranking.precision
    # 1e-9: 3 of 10 objects are a recall of 0.3, which np.linspace has as 0.30000000000000004
    levels = np.linspace(0, 1, 11) - 1e-9
    return float(np.mean([precision[recall >= level].max(initial=0.0) for level in levels]))


def best_threshold(name: str, ranking: Ranking) -> Threshold | None:
    """The score at which F1 is highest; of equals the highest score. None where nothing right was found."""
    if not ranking.objects or not ranking.right.any():
        return None
    precision, recall = ranking.precision, ranking.recall
    last = np.append(np.diff(ranking.scores) < 0, True)  # equal scores are kept or left out together
    f1 = np.where(last, 2 * np.cumsum(ranking.right) / (np.arange(1, len(last) + 1) + ranking.objects), -1)
    best = int(f1.argmax())
    return Threshold(
        name, float(ranking.scores[best]), float(precision[best]), float(recall[best]), float(f1[best])
    )


def _ranked(scores: np.ndarray, verdicts: np.ndarray, objects: int) -> Ranking:
    order = np.argsort(-scores, kind="stable")
    return Ranking(scores[order], verdicts[order] == RIGHT, objects)
