"""What is not proposed because a person has said something there."""

from __future__ import annotations

from app.document.overlap import outside_of
from model.records import Detection

AREA = (0.0, 0.0, 100.0, 100.0)
INSIDE, HALF, LESS, FAR = (Detection(x, 10, x + 40, 50, "cell", 0.9) for x in (20.0, 80.0, 81.0, 200.0))


def test_what_lies_to_a_half_in_an_area_to_ignore_is_not_proposed() -> None:
    assert outside_of((INSIDE, HALF, LESS, FAR), (AREA,)) == (LESS, FAR)


def test_an_area_may_be_much_larger_than_what_lies_in_it_and_there_may_be_several() -> None:
    assert outside_of((INSIDE, FAR), ((0.0, 0.0, 5000.0, 5000.0),)) == ()
    assert outside_of((INSIDE, FAR), ((-10.0, 0.0, 0.0, 9.0), (190.0, 0.0, 300.0, 300.0))) == (INSIDE,)


def test_without_areas_or_detections_nothing_changes() -> None:
    assert outside_of((INSIDE, FAR), ()) == (INSIDE, FAR)
    assert outside_of((), (AREA,)) == ()
