"""What objects were taken for, on pictures whose pairs can be told at a glance."""

from __future__ import annotations

from model.records import Box, Confusion, Detection, LabelClass, LabelledImage, Labels, State
from model.training.measures.cases import cases_of
from model.training.measures.confusion import confusion
from tests.model.training.measures.drawn import findings

CAT, DOG = LabelClass(4, "cat", "#000000"), LabelClass(9, "dog", "#000000")


def confused(boxes: tuple[Box, ...], *told: Detection, score: float = 0.5) -> Confusion:
    image = LabelledImage(7, "7.png", 100, 100, Labels(boxes, State.DONE))
    return confusion(cases_of((CAT, DOG), (image,), (told,), learn_difficult=False), ("cat", "dog"), score)


def box(x: float, of: LabelClass, **more: bool) -> Box:
    return Box(x, 0, x + 10, 10, of.id, **more)


def told(x: float, name: str, score: float = 0.9) -> Detection:
    return Detection(x, 0, x + 10, 10, name, score)


def test_rows_are_what_is_there_and_columns_what_was_told() -> None:
    matrix = confused(
        (box(0, CAT), box(20, CAT), box(40, DOG)), told(0, "cat"), told(20, "dog"), told(60, "dog")
    )
    assert matrix.counts == ((1, 1, 0), (0, 0, 1), (0, 1, 0))
    assert matrix.images[0][1] == (7,)
    assert matrix.images[1][0] == ()
    assert matrix.names == ("cat", "dog")


def test_what_is_found_as_what_it_is_is_not_taken_for_something_else() -> None:
    matrix = confused((box(0, CAT),), told(0, "cat", 0.6), told(1, "dog", 0.9))
    assert matrix.counts == ((1, 0, 0), (0, 0, 0), (0, 1, 0))


def test_what_is_not_found_as_what_it_is_goes_to_the_best_score() -> None:
    matrix = confused((box(0, CAT),), told(0, "dog", 0.6), told(1, "dog", 0.9))
    assert matrix.counts == ((0, 1, 0), (0, 0, 0), (0, 1, 0))


def test_a_detection_takes_the_object_left_that_it_overlaps_most() -> None:
    matrix = confused((box(0, CAT), box(3, DOG)), told(0, "cat", 0.9), told(1, "dog", 0.8))
    assert matrix.counts == ((1, 0, 0), (0, 1, 0), (0, 0, 0))


def test_scores_below_the_threshold_are_left_out_and_the_threshold_itself_counts() -> None:
    boxes = (box(0, CAT),)
    assert confused(boxes, told(0, "cat", 0.5), score=0.5).counts[0] == (1, 0, 0)
    assert confused(boxes, told(0, "cat", 0.49), score=0.5).counts[0] == (0, 0, 1)


def test_difficult_boxes_and_areas_take_no_part() -> None:
    area = Box(50, 0, 90, 40, CAT.id, ignore=True)
    difficult = box(20, DOG, difficult=True)
    matrix = confused((area, difficult), told(20, "dog"), told(60, "cat"), told(30, "cat"))
    assert matrix.counts == ((0, 0, 0), (0, 0, 0), (1, 0, 0))  # the last alone lies in neither


def test_all_objects_and_all_detections_that_count_are_in_the_matrix_once() -> None:
    seen = findings()
    evaluation = seen.evaluation(0.3)
    counts = evaluation.confusion.counts
    assert [sum(row) for row in counts[:-1]] == [c.boxes for c in evaluation.metrics.per_class]
    kept = sum(d.score >= 0.3 for detections in seen.found for d in detections)
    matched = sum(sum(row[:-1]) for row in counts)
    assert 0 < kept - matched < kept / 4  # those that areas excuse


def test_the_matrix_is_drawn_at_the_score_that_is_best() -> None:
    evaluation = findings().evaluation()
    assert evaluation.threshold is not None
    assert evaluation.confusion.score == evaluation.threshold.score
    assert evaluation.threshold.name == ""
    assert {t.name for t in evaluation.thresholds} <= {c.name for c in evaluation.metrics.per_class}
