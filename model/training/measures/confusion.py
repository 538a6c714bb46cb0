"""What objects are taken for, with the background as a class of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.records import Confusion
from model.training.measures.cases import Case, overlaps

OVERLAP = 0.5


def confusion(cases: Sequence[Case], names: Sequence[str], score: float) -> Confusion:
    """Pairs each detection scored at least `score` with an object: first of its own class, then of another.

    Each time the best score chooses first, and takes the object left that it overlaps most, if by half (IoU 0.5).
    So the diagonal is what the measures count as found, and only what was not found can be taken for
    something else. What is left over is the background's: detections without an object, objects without a
    detection. Difficult boxes and areas take no part, nor do detections without an object that lie in one by
    half.
    """
    nothing = len(names)
    images: list[list[dict[int, None]]] = [[{} for _ in range(nothing + 1)] for _ in range(nothing + 1)]
    counts = np.zeros((nothing + 1, nothing + 1), int)
    for case in cases:
        for truth, told in _pairs(case, score, nothing):
            counts[truth, told] += 1
            images[truth][told][case.image] = None
    return Confusion(
        tuple(names),
        tuple(map(tuple, counts.tolist())),
        tuple(tuple(map(tuple, row)) for row in images),
        score,
        OVERLAP,
    )


def _pairs(case: Case, score: float, nothing: int) -> list[tuple[int, int]]:
    """(class that is there, class told) of each object and each detection of an image."""
    kept = case.scores >= score
    told, told_labels = case.told[kept], case.told_labels[kept]
    objects = case.counts
    iou, _ = overlaps(told, case.boxes[objects])  # (N, M)
    _, inside = overlaps(told, case.boxes[~objects])
    excused = inside.max(1, initial=0.0) >= OVERLAP
    labels = case.labels[objects]
    is_same = told_labels[:, None] == labels[None, :]
    free = np.ones(len(labels), bool)
    alone = list(range(len(told)))  # detections without an object, best score first
    pairs = []
    for wanted in (is_same, ~is_same):
        for number in tuple(alone):
            mine = np.where(free & wanted[number], iou[number], 0.0)
            best = int(mine.argmax()) if len(mine) else -1
            if best >= 0 and mine[best] >= OVERLAP:
                free[best] = False
                alone.remove(number)
                pairs.append((int(labels[best]), int(told_labels[number])))
    pairs += [(nothing, int(told_labels[number])) for number in alone if not excused[number]]
    pairs += [(int(labels[number]), nothing) for number in np.flatnonzero(free)]
    return pairs
