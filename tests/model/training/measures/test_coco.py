"""COCO's measures are pycocotools' own, to 1e-6: on drawn labels of all kinds, and on real ones."""

from __future__ import annotations

import shutil
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.data.project import Project
from model.data.scan import scan
from model.data.voc_import import import_voc
from model.records import LabelledImage, Metrics, Problem, Snapshot
from model.training.evaluate import Findings
from tests.model.training.measures.drawn import findings, with_answers

BCCD = Path(__file__).resolve().parents[5] / "shared" / "data" / "bccd"
SAME = 1e-6


def pycocotools_of(told: Findings) -> Any:
    """The same boxes and detections through COCO's own program."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    ids = {c.name: c.id for c in told.snapshot.classes}
    learn = told.difficult == "learn"
    boxes = [
        (n, box, label)
        for n, image in enumerate(told.images)
        for box in image.boxes
        for label in (ids.values() if box.ignore else (box.label,))  # an area is of no class: a crowd of each
    ]
    truth = coco.COCO()
    truth.dataset = {
        "images": [{"id": n} for n in range(len(told.images))],
        "categories": [{"id": id, "name": name} for name, id in ids.items()],
        "annotations": [
            {
                "id": number, "image_id": n, "category_id": label,
                "bbox": [box.xmin, box.ymin, box.width, box.height], "area": box.width * box.height,
                "iscrowd": int(box.ignore or (box.difficult and not learn)),
            }
            for number, (n, box, label) in enumerate(boxes, 1)
        ],
    }  # fmt: skip
    truth.createIndex()
    results = truth.loadRes(
        [
            {
                "image_id": n, "category_id": ids[d.name], "score": d.score,
                "bbox": [d.xmin, d.ymin, d.xmax - d.xmin, d.ymax - d.ymin],
            }
            for n, detections in enumerate(told.found)
            for d in detections
        ]
    )  # fmt: skip
    evaluator = cocoeval.COCOeval(truth, results, "bbox")
    evaluator.evaluate()
    evaluator.accumulate()
    evaluator.summarize()
    return evaluator


def twelve(metrics: Metrics) -> tuple[float | None, ...]:
    """In the order in which COCO prints them."""
    m = metrics
    return (
        m.ap, m.ap50, m.ap75, m.ap_small, m.ap_medium, m.ap_large,
        m.ar1, m.ar10, m.ar100, m.ar_small, m.ar_medium, m.ar_large,
    )  # fmt: skip


def check(told: Findings) -> None:
    metrics, theirs = told.metrics(), pycocotools_of(told)
    ours = [-1.0 if value is None else value for value in twelve(metrics)]
    assert ours == pytest.approx(list(theirs.stats), abs=SAME)
    assert len(metrics.per_class) == len(told.snapshot.classes)
    for position, (c, label) in enumerate(zip(metrics.per_class, told.snapshot.classes, strict=True)):
        assert c.name == label.name
        precision = theirs.eval["precision"][:, :, position, 0, -1]
        recall = theirs.eval["recall"][:, position, 0, -1]
        for value, table in (
            (c.ap, precision), (c.ap50, precision[0]), (c.ap75, precision[5]), (c.ar100, recall),
        ):  # fmt: skip
            measured = table[table > -1]
            if measured.size:
                assert value == pytest.approx(np.mean(measured), abs=SAME)
            else:
                assert value is None


@pytest.mark.parametrize("seed", range(4))
def test_drawn_labels_of_all_kinds_measure_as_in_pycocotools(seed: int) -> None:
    told = findings(seed=seed)
    assert all(value is not None and 0 < value < 1 for value in twelve(told.metrics()))
    check(told)


def test_difficult_boxes_that_are_learned_are_measured_as_others() -> None:
    ignored = findings()
    learned = Findings(ignored.snapshot, ignored.images, ignored.found, "learn")
    check(learned)
    boxes = [box for image in ignored.images for box in image.boxes if not box.ignore]
    assert sum(c.boxes for c in learned.metrics().per_class) == len(boxes)
    assert sum(c.boxes for c in ignored.metrics().per_class) == sum(not box.difficult for box in boxes)


def test_a_class_alone_measures_as_among_others() -> None:
    """Classes are judged one by one; COCO's own program takes all at once."""
    told = findings()
    first = told.snapshot.classes[0]

    def alone(image: LabelledImage) -> LabelledImage:
        boxes = tuple(box for box in image.boxes if box.label == first.id or box.ignore)
        return replace(image, labels=replace(image.labels, boxes=boxes))

    images = tuple(map(alone, told.images))
    single = Findings(Snapshot(Path(), (first,), images), images, told.found)
    assert astuple(single.metrics().per_class[0]) == astuple(told.metrics().per_class[0])


@pytest.mark.skipif(not BCCD.is_dir(), reason="needs ../shared/data/bccd, which is not here")
def test_the_labels_of_bccd_measure_as_in_pycocotools(tmp_path: Path) -> None:
    shutil.copytree(BCCD, tmp_path / "bccd")
    with Project.open(tmp_path / "bccd") as project:
        list(scan(project))
        problems = [step for step in import_voc(project) if isinstance(step, Problem)]
        snapshot = project.snapshot()
    assert len(snapshot.labelled()) == 364, problems
    told = with_answers(snapshot)
    assert sum(c.boxes for c in told.metrics().per_class) > 4800
    check(told)


def test_curves_end_at_the_highest_recall_and_their_mean_is_ap50() -> None:
    told = findings()
    evaluation = told.evaluation()
    ap50 = {c.name: c.ap50 for c in evaluation.metrics.per_class if c.boxes}
    assert {curve.name for curve in evaluation.curves} == set(ap50)
    for curve in evaluation.curves:
        assert len(curve.recall) == len(curve.precision) == len(curve.score) <= 101
        assert sum(curve.precision) / 101 == pytest.approx(ap50[curve.name])
        assert list(curve.precision) == sorted(curve.precision, reverse=True)
        assert list(curve.score) == sorted(curve.score, reverse=True)
        assert curve.recall == pytest.approx([n / 100 for n in range(len(curve.recall))])
    assert evaluation.metrics == told.metrics()
