"""How good detections are: COCO's AP and AR, by an established evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from model.data.images import ImageError, read_image
from model.records import Box, ClassMetrics, Detection, LabelledImage, Metrics, Problem, Progress, Snapshot

Detect = Callable[[np.ndarray], tuple[Detection, ...]]

MOST = 100  # detections of an image that count: COCO's rule
AT_50, AT_75 = 0, 5  # among COCO's IoU thresholds 0.5, 0.55 .. 0.95


def evaluate(
    detect: Detect, snapshot: Snapshot, images: Sequence[LabelledImage]
) -> Iterator[Progress | Problem | Metrics]:
    """Detect in each image and compare with its labels; the last thing yielded is the Metrics.

    detect: (H, W, 3) uint8 RGB -> detections in px of it. An image that cannot be read is a Problem, and not
    measured.
    """
    measured: list[LabelledImage] = []
    found: list[tuple[Detection, ...]] = []
    for number, image in enumerate(images):
        yield Progress(number, len(images), image.path)
        try:
            pixels = read_image(snapshot.folder / image.path)
        except ImageError as error:
            yield Problem(image.path, str(error))
            continue
        measured.append(image)
        found.append(detect(pixels))
    yield Progress(len(images), len(images))
    yield measure(snapshot, measured, found)


def measure(
    snapshot: Snapshot, images: Sequence[LabelledImage], found: Sequence[Sequence[Detection]]
) -> Metrics:
    """COCO's measures of what was found in each image, both in px of the image.

    AP is the mean over IoU thresholds 0.5 to 0.95 and over the classes that the images hold. Difficult boxes
    count neither as found nor as missed, and take with them the detections that lie in them (COCO's rule for
    crowds). Detections of a class that the snapshot does not have cannot be judged and are left out.
    """
    categories = {c.name: c.id for c in snapshot.classes}
    truths = [(number, box) for number, image in enumerate(images) for box in image.boxes]
    counts = {
        c.id: sum(box.label == c.id and not box.difficult for _, box in truths) for c in snapshot.classes
    }
    if not images or not any(counts.values()):
        return _nothing(snapshot, len(images), counts)
    truth = COCO(
        {
            "images": [{"id": n, "width": i.width, "height": i.height} for n, i in enumerate(images)],
            "categories": [{"id": c.id, "name": c.name} for c in snapshot.classes],
            "annotations": [
                _truth(number, image, box)
                for number, (image, box) in enumerate(truths, 1)
                if box.label in counts
            ],
        }
    )
    results = [
        {"image_id": n, "category_id": categories[d.name], "bbox": _xywh(d), "score": d.score}
        for n, detections in enumerate(found)
        for d in detections
        if d.name in categories
    ]
    judge = COCOeval_faster(truth, truth.loadRes(results), "bbox", print_function=_say_nothing)
    judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
    judge.params.maxDets = [MOST]
    judge.evaluate()
    judge.accumulate()
    ids = list(judge.params.catIds)
    precision = np.asarray(judge.eval["precision"])[
        :, :, :, 0, 0
    ]  # (thresholds, recalls, classes); -1: no such object
    recall = np.asarray(judge.eval["recall"])[:, :, 0, 0]  # (thresholds, classes)
    per_class = []
    for c in snapshot.classes:
        of_class = precision[:, :, ids.index(c.id)]
        per_class.append(ClassMetrics(c.name, counts[c.id], _mean(of_class), _mean(of_class[AT_50])))
    return Metrics(
        len(images),
        ap=_mean(precision),
        ap50=_mean(precision[AT_50]),
        ap75=_mean(precision[AT_75]),
        ar100=_mean(recall),
        per_class=tuple(per_class),
    )


def _truth(number: int, image: int, box: Box) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": box.label,
        "bbox": _xywh(box),
        "area": box.area,
        "iscrowd": int(box.difficult),
    }


def _xywh(box: Box | Detection) -> list[float]:
    return [box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin]


def _mean(values: np.ndarray) -> float | None:
    """The mean of what was measured; None where nothing was."""
    measured = values[values > -1]
    return float(measured.mean()) if measured.size else None


def _nothing(snapshot: Snapshot, images: int, counts: dict[int, int]) -> Metrics:
    per_class = tuple(ClassMetrics(c.name, counts[c.id], None, None) for c in snapshot.classes)
    return Metrics(images, None, None, None, None, per_class)


def _say_nothing(*_: object) -> None:
    """The evaluator reports to standard output; we read its numbers."""
