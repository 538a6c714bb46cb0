"""COCO's measures, on cases whose sums can be done in the head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.records import (
    Box,
    Detection,
    LabelClass,
    LabelledImage,
    Labels,
    Problem,
    Progress,
    Snapshot,
    State,
)
from model.training.evaluate import Findings, evaluate, measure
from tests.model.training.scenes import BAR, DISC, SQUARE, scenes

NAMES = {c.id: c.name for c in (SQUARE, DISC, BAR)}


def image(number: int, *boxes: Box) -> LabelledImage:
    return LabelledImage(number, f"{number}.png", 128, 96, Labels(boxes, State.DONE))


def snapshot(*images: LabelledImage, classes: tuple[LabelClass, ...] = (SQUARE, DISC)) -> Snapshot:
    return Snapshot(Path(), classes, images)


def told(box: Box, score: float = 0.9) -> Detection:
    return Detection(*box.xyxy, NAMES[box.label], score)


A, B = Box(10, 10, 30, 30, SQUARE.id), Box(50, 40, 90, 80, DISC.id)


def test_the_truth_against_itself_is_perfect() -> None:
    images = (image(1, A, B), image(2, B))
    metrics = measure(snapshot(*images), images, [[told(b) for b in i.boxes] for i in images])
    assert (metrics.ap, metrics.ap50, metrics.ap75, metrics.ar100) == (1.0, 1.0, 1.0, 1.0)
    assert [(c.name, c.boxes, c.ap) for c in metrics.per_class] == [("square", 1, 1.0), ("disc", 2, 1.0)]


def test_a_box_shifted_to_an_iou_of_0_6_counts_at_three_of_ten_thresholds() -> None:
    shifted = Detection(
        15, 10, 35, 30, "square", 0.9
    )  # 15 x 20 of 25 x 20 px: 0.6, above 0.5, 0.55 and at 0.6
    metrics = measure(snapshot(image(1, A)), [image(1, A)], [[shifted]])
    assert metrics.ap50 == 1.0
    assert metrics.ap75 == 0.0
    assert metrics.ap == pytest.approx(0.3)


def test_half_the_objects_found_is_half_the_recall() -> None:
    images = (image(1, A), image(2, A))
    metrics = measure(snapshot(*images), images, [[told(A)], []])
    assert metrics.ar100 == pytest.approx(0.5)
    assert metrics.ap50 == pytest.approx(51 / 101)  # of COCO's 101 recall levels, those up to 0.5


def test_a_wrong_detection_ranked_first_halves_the_precision() -> None:
    wrong = Detection(60, 60, 80, 80, "square", 0.95)
    metrics = measure(snapshot(image(1, A)), [image(1, A)], [[wrong, told(A, 0.5)]])
    assert metrics.ap50 == pytest.approx(0.5)


def test_difficult_boxes_count_neither_as_found_nor_as_missed() -> None:
    difficult = Box(60, 50, 100, 90, SQUARE.id, difficult=True)
    images = (image(1, A, difficult),)
    for found in ([told(A)], [told(A), told(difficult, 0.99)]):
        metrics = measure(snapshot(*images), images, [found])
        assert (metrics.ap, metrics.ar100, metrics.per_class[0].boxes) == (1.0, 1.0, 1)


def test_nothing_told_in_an_area_to_ignore_is_wrong_of_any_class() -> None:
    area = Box(60, 50, 100, 90, BAR.id, ignore=True)  # of no class that is left
    images = (image(1, A, area),)
    inside = [Detection(62, 52, 82, 72, name, 0.99) for name in ("square", "disc")]
    metrics = measure(snapshot(*images), images, [[told(A), *inside]])
    assert (metrics.ap, metrics.voc_ap) == (1.0, 1.0)
    assert [c.boxes for c in metrics.per_class] == [1, 0]


def test_difficult_boxes_count_where_they_are_learned() -> None:
    difficult = Box(60, 50, 100, 90, SQUARE.id, difficult=True)
    images = (image(1, A, difficult),)
    metrics = measure(snapshot(*images), images, [[told(A)]], "learn")
    assert (metrics.ar100, metrics.per_class[0].boxes) == (0.5, 2)


def test_a_class_without_objects_has_no_measure_and_does_not_pull_down_the_mean() -> None:
    metrics = measure(snapshot(image(1, A), classes=(SQUARE, BAR)), [image(1, A)], [[told(A)]])
    assert metrics.ap == 1.0
    assert [(c.name, c.boxes, c.ap, c.ap50) for c in metrics.per_class] == [
        ("square", 1, 1.0, 1.0),
        ("bar", 0, None, None),
    ]


def test_a_detection_of_a_foreign_class_is_left_out() -> None:
    foreign = Detection(0, 0, 50, 50, "unicorn", 0.99)
    metrics = measure(snapshot(image(1, A)), [image(1, A)], [[foreign, told(A)]])
    assert metrics.ap == 1.0


@pytest.mark.parametrize("images", [(), (image(1),)], ids=["no image", "no box"])
def test_where_there_is_nothing_to_measure_there_are_no_measures(images: tuple[LabelledImage, ...]) -> None:
    metrics = measure(snapshot(*images), images, [[] for _ in images])
    assert (metrics.images, metrics.ap, metrics.ap50, metrics.ar100) == (len(images), None, None, None)


def test_nothing_found_is_zero() -> None:
    metrics = measure(snapshot(image(1, A)), [image(1, A)], [[]])
    assert (metrics.ap, metrics.ap50, metrics.ar100) == (0.0, 0.0, 0.0)


def test_the_evaluator_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    measure(snapshot(image(1, A)), [image(1, A)], [[told(A)]])
    assert capfd.readouterr() == ("", "")


def test_evaluation_goes_over_files_and_past_those_it_cannot_read(tmp_path: Path) -> None:
    all_of_them = scenes(tmp_path, train=3, val=0)
    (tmp_path / all_of_them.images[1].path).write_bytes(b"no image")
    shapes: list[tuple[int, ...]] = []

    def detect(pixels: np.ndarray) -> tuple[Detection, ...]:
        number = len(shapes) * 2  # the first and the third are read
        shapes.append(pixels.shape)
        return tuple(told(box) for box in all_of_them.images[number].boxes)

    *steps, findings = evaluate(detect, all_of_them, all_of_them.images)
    assert shapes == [(96, 128, 3)] * 2
    assert isinstance(findings, Findings)
    metrics = findings.metrics()
    assert (metrics.images, metrics.ap) == (2, 1.0)
    assert [step.file for step in steps if isinstance(step, Problem)] == ["2.png"]
    assert [step.done for step in steps if isinstance(step, Progress)] == [0, 1, 2, 3]
