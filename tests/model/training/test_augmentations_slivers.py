"""The one rule about what is left of a box."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from model.network.roles import Role
from model.training.augmentations.augmentation import Sample
from model.training.augmentations.slivers import covered, cut, joined, placed
from tests.model.training.pictures import picture


def left(width: float, role: Role = Role.OBJECT) -> list[int]:
    """The roles after a cut that leaves this much of the width of a box of 20 px."""
    sample = replace(picture((40 - width, 30, 60 - width, 50)), roles=torch.tensor([role]))
    return cut(sample, 0, 0, 96, 40).roles.tolist()


def test_an_object_of_which_four_tenths_are_left_is_learned() -> None:
    assert left(8.5) == [Role.OBJECT]


def test_one_of_which_less_is_left_is_ignored() -> None:
    assert left(7.5) == [Role.IGNORED]
    assert left(2.5) == [Role.IGNORED]


def test_one_of_which_less_than_a_tenth_is_left_is_dropped() -> None:
    assert left(1.5) == []


def test_an_ignored_one_stays_ignored_until_a_tenth_is_left() -> None:
    assert (left(19, Role.IGNORED), left(2.5, Role.IGNORED)) == ([Role.IGNORED], [Role.IGNORED])
    assert left(1.5, Role.IGNORED) == []


def test_a_region_is_clipped_and_stays() -> None:
    assert left(0.5, Role.REGION) == [Role.REGION]
    assert left(0, Role.REGION) == []


def test_a_rejected_one_that_loses_more_than_half_is_dropped() -> None:
    assert left(10.5, Role.REJECTED) == [Role.REJECTED]
    assert left(9.5, Role.REJECTED) == []


def test_a_cut_clips_boxes_and_forgets_those_outside() -> None:
    boxes = picture((0, 0, 20, 20), (30, 30, 50, 50), (90, 60, 110, 90))
    after = cut(replace(boxes, labels=torch.arange(3)), top=0, left=40, height=96, width=60)
    assert after.boxes.tolist() == [[0, 30, 10, 50], [50, 60, 60, 90]]
    assert after.labels.tolist() == [1, 2]
    assert after.seen.tolist() == [0.5, 0.5]
    assert after.roles.tolist() == [Role.OBJECT, Role.OBJECT]


def test_losses_add_up() -> None:
    """Half of 40 px, then half of the rest: a quarter is left, though neither cut took more than half."""
    once = cut(picture((20, 20, 60, 60)), 0, 0, 96, 40)
    assert once.roles.tolist() == [Role.OBJECT]
    twice = cut(once, 0, 0, 40, 40)
    assert twice.seen.tolist() == [0.25]
    assert twice.roles.tolist() == [Role.IGNORED]


def test_an_image_that_is_not_cut_is_the_same_sample() -> None:
    sample = picture((20, 20, 60, 60))
    assert cut(sample, 0, 0, 96, 128) is sample


BOX = (20, 20, 60, 60)


@pytest.mark.parametrize(
    ("part", "rest", "seen"),
    [
        ((0, 0, 10, 10), BOX, 1.0),  # beside it
        ((60, 20, 30, 30), BOX, 1.0),  # touching it
        ((0, 0, 30, 96), (30, 20, 60, 60), 0.75),  # its left side
        ((40, 10, 40, 60), (20, 20, 40, 60), 0.5),  # its right side
        ((0, 0, 128, 36), (20, 36, 60, 60), 0.6),  # its top
        ((10, 50, 60, 40), (20, 20, 60, 50), 0.75),  # its bottom
        ((20, 20, 20, 20), BOX, 0.75),  # a corner
        ((30, 30, 20, 20), BOX, 0.75),  # its midst
        ((30, 0, 10, 96), BOX, 0.75),  # a strip from top to bottom: both sides are still there
    ],
    ids=str,
)
def test_what_is_left_of_a_box_that_something_lies_over(
    part: tuple[int, int, int, int], rest: tuple[int, ...], seen: float
) -> None:
    x, y, width, height = part
    after = covered(picture(BOX), y, x, height, width)
    assert after.boxes.tolist() == [list(rest)]
    assert after.seen.tolist() == pytest.approx([seen])


def test_a_box_that_is_wholly_covered_is_gone_whatever_it_is() -> None:
    for role in Role:
        sample = replace(picture(BOX), roles=torch.tensor([role]))
        assert len(covered(sample, 10, 10, 60, 60).boxes) == 0


def test_boxes_that_are_placed_outside_are_gone() -> None:
    sample = picture(BOX, (70, 20, 110, 60))
    after = placed(sample, sample.image, torch.tensor([[-50.0, 0, -10, 40], [100, 20, 140, 60]]))
    assert after.boxes.tolist() == [[100, 20, 128, 60]]
    assert after.seen.tolist() == pytest.approx([0.7])


def test_what_is_joined_has_the_boxes_of_all() -> None:
    one, two = picture((0, 0, 10, 10)), picture((5, 5, 20, 20), channel=1)
    after: Sample = joined(torch.zeros(3, 200, 300, dtype=torch.uint8), (one, 0, 0), (two, 100, 50))
    assert after.boxes.tolist() == [[0, 0, 10, 10], [105, 55, 120, 70]]
    assert after.labels.tolist() == [0, 1]
    assert after.boxes.canvas_size == after.size == (200, 300)
