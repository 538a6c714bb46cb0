"""COCO's measures, by faster-coco-eval: pycocotools' numbers (a test says so), in C++."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from model.records import Curve
from model.training.measures.cases import Case, object_counts

AT_50, AT_75 = 0, 5  # among COCO's IoU thresholds 0.5, 0.55 .. 0.95
ALL, SMALL, MEDIUM, LARGE = range(4)  # COCO's ranges of areas: all, below 32 ** 2, below 96 ** 2, above; px
MOST = (1, 10, 100)  # detections of one class in an image that count
RECALLS = np.linspace(0, 1, 101)  # at which COCO reads the precision


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """COCO's tables: T IoU thresholds, R recalls, K classes, A ranges of areas, D limits; -1 for no such object."""

    precision: np.ndarray  # (T, R, K, A, D)
    scores: np.ndarray  # (T, R, K, A, D), of the detection with which the recall is reached
    recall: np.ndarray  # (T, K, A, D)

    def ap(
        self, iou: int | slice = slice(None), area: int = ALL, label: int | slice = slice(None)
    ) -> float | None:
        return mean(self.precision[iou, :, label, area, -1])

    def ar(self, area: int = ALL, most: int = -1, label: int | slice = slice(None)) -> float | None:
        return mean(self.recall[:, label, area, most])


def judge(cases: Sequence[Case], classes: int) -> Judged:
    """Difficult boxes are COCO's crowds: what lies in one by half is neither right nor wrong.

    So are areas to ignore, as one crowd of each class: COCO's own crowds are of one class alone.
    """
    if not object_counts(cases, classes).any():  # the evaluator fails where there is no image
        return Judged(*(np.full(shape, -1.0) for shape in _shapes(classes)))
    truth = COCO(
        {
            "images": [{"id": number} for number in range(len(cases))],
            "categories": [{"id": label, "name": str(label)} for label in range(classes)],
            "annotations": _annotations(cases, classes),
        }
    )
    told = truth.loadRes(_results(cases))
    tables = []
    for label in range(classes):
        # class by class: the evaluator holds the interpreter, and with it the window, while it counts
        evaluator = COCOeval_faster(truth, told, "bbox", print_function=_say_nothing)
        evaluator.params.catIds, evaluator.params.maxDets = [label], list(MOST)
        evaluator.evaluate()
        evaluator.accumulate()
        tables.append(evaluator.eval)
    precision, scores = (
        np.concatenate([table[name] for table in tables], axis=2) for name in ("precision", "scores")
    )
    return Judged(precision, scores, np.concatenate([table["recall"] for table in tables], axis=1))


def curves(judged: Judged, names: Sequence[str], cases: Sequence[Case]) -> tuple[Curve, ...]:
    """Precision over recall at IoU 0.5 of the classes that have objects."""
    drawn = []
    for label in np.flatnonzero(object_counts(cases, len(names))).tolist():
        precision, scores = (
            table[AT_50, :, label, ALL, -1] for table in (judged.precision, judged.scores)
        )  # (R,)
        reached = precision > 0  # 0 beyond the highest recall
        drawn.append(
            Curve(
                names[label],
                tuple(RECALLS[reached].tolist()),
                tuple(precision[reached].tolist()),
                tuple(scores[reached].tolist()),
            )
        )
    return tuple(drawn)


def mean(values: np.ndarray) -> float | None:
    """The mean of what was measured; None where nothing was."""
    measured = values[values > -1]
    return float(measured.mean()) if measured.size else None


def _shapes(classes: int) -> tuple[tuple[int, ...], ...]:
    table = (len(RECALLS), classes, 4, len(MOST))
    return (10, *table), (10, *table), (10, *table[1:])


def _annotations(cases: Sequence[Case], classes: int) -> list[dict[str, Any]]:
    annotations: list[dict[str, Any]] = []
    for number, case in enumerate(cases):
        rows = zip(_xywh(case.boxes), case.labels.tolist(), case.counts.tolist(), strict=True)
        for box, label, counts in rows:
            for each in range(classes) if label < 0 else (label,):
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": each,
                        "bbox": box,
                        "area": box[2] * box[3],
                        "iscrowd": int(not counts),
                    }
                )
    return annotations


def _results(cases: Sequence[Case]) -> list[dict[str, Any]]:
    return [
        {"image_id": number, "category_id": label, "bbox": box, "score": score}
        for number, case in enumerate(cases)
        for box, label, score in zip(
            _xywh(case.told), case.told_labels.tolist(), case.scores.tolist(), strict=True
        )
    ]


def _xywh(boxes: np.ndarray) -> list[list[float]]:
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).tolist()


def _say_nothing(*_: object) -> None:
    """The evaluator reports to standard output; we read its numbers."""
