"""Labels and detections of many classes and sizes, from a seed: what evaluators are compared on."""

from __future__ import annotations

import random
from pathlib import Path

from model.records import Box, Detection, LabelClass, LabelledImage, Labels, Snapshot, State
from model.training.evaluate import Findings


def findings(images: int = 40, classes: int = 7, seed: int = 0) -> Findings:
    """Boxes of all of COCO's sizes, difficult ones and areas among them; some found, some not, some twice."""
    rng = random.Random(seed)
    named = tuple(
        LabelClass(3 * n + 1, f"class {n}", "#808080") for n in range(classes + 1)
    )  # the last: none
    rows = tuple(
        LabelledImage(n, f"{n}.png", 640, 480, Labels(_boxes(rng, named[:classes]), State.DONE))
        for n in range(images)
    )
    return with_answers(Snapshot(Path(), named, rows), seed)


def with_answers(snapshot: Snapshot, seed: int = 0) -> Findings:
    """Detections as a fair detector would make them of a snapshot's boxes."""
    rng = random.Random(seed)
    names = {c.id: c.name for c in snapshot.classes}
    images = snapshot.labelled()
    return Findings(snapshot, images, tuple(_answers(rng, image, names) for image in images))


def _boxes(rng: random.Random, classes: tuple[LabelClass, ...]) -> tuple[Box, ...]:
    boxes = []
    for _ in range(rng.randrange(16)):
        x, y = rng.uniform(0, 500), rng.uniform(0, 400)
        side, ratio = rng.choice((12, 25, 50, 90, 140)), rng.uniform(0.6, 1.6)
        kind = rng.random()
        boxes.append(
            Box(
                x, y, x + side, y + side * ratio, rng.choice(classes).id,
                difficult=kind < 0.12, ignore=0.12 <= kind < 0.2,
            )
        )  # fmt: skip
    return tuple(boxes)


def _answers(rng: random.Random, image: LabelledImage, names: dict[int, str]) -> tuple[Detection, ...]:
    answers = []
    for box in image.boxes:
        for _ in range(rng.choice((0, 1, 1, 1, 2))):  # missed, found, found twice
            slip = rng.choice((0.02, 0.06, 0.15)) * min(box.width, box.height)
            x, y, right, bottom = (edge + rng.gauss(0, slip) for edge in box.xyxy)
            name = rng.choice(list(names.values())) if rng.random() < 0.1 else names[box.label]
            # one decimal: many scores are the same
            answers.append(
                Detection(x, y, max(right, x + 1), max(bottom, y + 1), name, round(rng.random(), 1))
            )
    for _ in range(rng.randrange(120)):  # more than a hundred of an image are sometimes there
        x, y, side = rng.uniform(0, 500), rng.uniform(0, 400), rng.uniform(5, 130)
        name = rng.choice(list(names.values())[:2])
        answers.append(Detection(x, y, x + side, y + side, name, round(0.6 * rng.random(), 3)))
    return tuple(answers)
