"""Pascal VOC's AP: against the devkit's loop written out, and on sums that can be done in the head."""

from __future__ import annotations

import numpy as np
import pytest

from model.records import Box, Detection, LabelClass, LabelledImage, Labels, State
from model.training.measures import voc
from model.training.measures.cases import cases_of
from tests.model.training.measures.drawn import findings

RING = LabelClass(1, "ring", "#000000")


def ranking(boxes: tuple[Box, ...], *told: Detection) -> voc.Ranking:
    image = LabelledImage(1, "1.png", 100, 100, Labels(boxes, State.DONE))
    (only,) = voc.rankings(cases_of((RING,), (image,), (told,), learn_difficult=False), 1)
    return only


def box(x: float, **more: bool) -> Box:
    return Box(x, 0, x + 10, 10, RING.id, **more)


def told(x: float, score: float) -> Detection:
    return Detection(x, 0, x + 10, 10, "ring", score)


def test_half_of_two_found_after_one_mistake() -> None:  # precision 1/2 up to a recall of 1/2
    found = ranking((box(0), box(20)), told(50, 0.9), told(0, 0.8))
    assert voc.ap(found) == pytest.approx(0.25)
    assert voc.ap_of_2007(found) == pytest.approx(6 * 0.5 / 11)  # at recalls 0, 0.1 .. 0.5


def test_three_of_ten_found_reach_the_recall_of_three_tenths() -> None:
    found = ranking(tuple(box(20 * n) for n in range(10)), *(told(20 * n, 0.9) for n in range(3)))
    assert voc.ap_of_2007(found) == pytest.approx(4 / 11)


def test_an_overlap_of_exactly_half_is_enough() -> None:  # VOCevaldet.m: ovmax >= minoverlap
    wide = Detection(0, 0, 20, 10, "ring", 0.9)
    assert ranking((box(0),), wide).right.tolist() == [True]
    wider = Detection(0, 0, 20.01, 10, "ring", 0.9)
    assert ranking((box(0),), wider).right.tolist() == [False]


def test_the_second_detection_of_an_object_is_wrong() -> None:
    assert ranking((box(0),), told(1, 0.5), told(0, 0.9)).right.tolist() == [True, False]


def test_a_detection_of_a_difficult_object_is_not_judged_however_often_it_comes() -> None:
    found = ranking((box(0), box(20, difficult=True)), told(20, 0.9), told(21, 0.8), told(0, 0.7))
    assert (found.right.tolist(), found.objects) == ([True], 1)


def test_what_lies_in_an_area_is_not_judged_unless_it_is_right() -> None:
    area = Box(0, 0, 60, 60, 77, ignore=True)  # whatever its class once was
    found = ranking((area, box(0)), told(0, 0.9), told(30, 0.8), told(80, 0.7))
    assert (found.right.tolist(), found.objects) == ([True, False], 1)


def test_nothing_to_find_is_no_measure_and_nothing_found_is_zero() -> None:
    assert voc.ap(ranking((), told(0, 0.9))) is None
    assert voc.ap_of_2007(ranking(())) is None
    assert voc.ap(ranking((box(0),))) == voc.ap_of_2007(ranking((box(0),))) == 0.0


def test_the_best_score_keeps_the_most_that_is_right_for_the_least_that_is_wrong() -> None:
    found = ranking((box(0), box(20)), told(0, 0.9), told(50, 0.6), told(20, 0.6), told(80, 0.1))
    best = voc.best_threshold("ring", found)
    assert best is not None
    # at 0.9: precision 1, recall 1/2, F1 2/3; at 0.6, which keeps both: 2/3, 1, 4/5; at 0.1: 2/4, 1, 2/3
    assert (best.score, best.precision, best.recall) == pytest.approx((0.6, 2 / 3, 1.0))
    assert best.f1 == pytest.approx(0.8)


def test_where_nothing_right_was_found_no_score_is_best() -> None:
    assert voc.best_threshold("ring", ranking((box(0),), told(50, 0.9))) is None


def test_one_score_for_all_classes_is_of_their_detections_together() -> None:
    first = ranking((box(0),), told(0, 0.9))
    second = ranking((box(0), box(20)), told(50, 0.7), told(0, 0.3))
    together = voc.pooled([first, second])
    assert together.scores.tolist() == [0.9, 0.7, 0.3]
    assert together.right.tolist() == [True, False, True]
    assert together.objects == 3


@pytest.mark.parametrize("seed", range(3))
def test_ranking_and_ap_are_those_of_the_devkits_loop(seed: int) -> None:
    told = findings(seed=seed)
    # the devkit has no areas: without them
    cases = cases_of(
        told.snapshot.classes,
        [_without_areas(image) for image in told.images],
        told.found,
        learn_difficult=False,
    )
    for label, found in enumerate(voc.rankings(cases, len(told.snapshot.classes))):
        ap, ap07 = devkit(cases, label)
        assert voc.ap(found) == (None if ap is None else pytest.approx(ap, abs=1e-9))
        assert voc.ap_of_2007(found) == (None if ap07 is None else pytest.approx(ap07, abs=1e-9))


def test_voc_ap_is_ap50_but_for_cocos_hundred_and_one_recalls() -> None:
    for c in findings(images=150).metrics().per_class:
        assert (c.voc_ap is None) == (c.ap50 is None)
        assert c.voc_ap is None or c.voc_ap == pytest.approx(c.ap50, abs=0.02)


def _without_areas(image: LabelledImage) -> LabelledImage:
    boxes = tuple(box for box in image.boxes if not box.ignore)
    return LabelledImage(image.id, image.path, image.width, image.height, Labels(boxes, State.DONE))


def devkit(cases, label):
    """VOCevaldet.m and VOCap.m, line by line, one detection after the other."""
    told = [
        (score, n, box)
        for n, case in enumerate(cases)
        for score, box, name in zip(case.scores, case.told, case.told_labels, strict=True)
        if name == label
    ]
    told.sort(key=lambda row: -row[0])
    taken = {n: [False] * len(case.boxes) for n, case in enumerate(cases)}
    objects = sum(int(((case.labels == label) & ~case.difficult).sum()) for case in cases)
    if objects == 0:
        return None, None
    tp, fp = [], []
    for _, n, (x0, y0, x1, y1) in told:
        case, most, best = cases[n], -np.inf, -1
        for number, (a0, b0, a1, b1) in enumerate(case.boxes):
            if case.labels[number] != label:
                continue
            width, height = min(x1, a1) - max(x0, a0), min(y1, b1) - max(y0, b0)
            if width > 0 and height > 0:
                union = (x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - width * height
                if width * height / union > most:
                    most, best = width * height / union, number
        right = wrong = 0
        if most >= 0.5:
            if not case.difficult[best]:
                right = int(not taken[n][best])
                wrong = 1 - right
                taken[n][best] = True
        else:
            wrong = 1
        tp.append(right)
        fp.append(wrong)
    rights, wrongs = np.cumsum(tp), np.cumsum(fp)
    recall, precision = rights / objects, rights / np.maximum(rights + wrongs, 1)
    mrec, mpre = np.array([0.0, *recall, 1.0]), np.array([0.0, *precision, 0.0])
    for i in range(len(mpre) - 2, -1, -1):
        mpre[i] = max(mpre[i], mpre[i + 1])
    steps = np.flatnonzero(mrec[1:] != mrec[:-1]) + 1
    ap = float(((mrec[steps] - mrec[steps - 1]) * mpre[steps]).sum())
    eleven = [precision[np.round(recall, 9) >= t / 10] for t in range(11)]
    return ap, sum(float(p.max()) if len(p) else 0.0 for p in eleven) / 11
