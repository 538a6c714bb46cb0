"""Which box each anchor learns."""

from __future__ import annotations

import pytest
import torch

from model.network import matching
from model.network.anchors import anchors_for
from model.network.matching import BACKGROUND, IGNORED, REFUSED, match, pad
from model.network.roles import Role
from model.records import Architecture
from tests.model.network.twins import random_boxes

OBJECT, AN_IGNORED, REGION, REJECTED = Role


def matched(
    anchors: list[list[float]], boxes: list[list[float]], roles: list[Role] | None = None
) -> list[int]:
    of_boxes = torch.tensor(roles or [OBJECT] * len(boxes), dtype=torch.int64)
    labels = torch.zeros(len(boxes), dtype=torch.int64)
    target = (torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), labels, of_boxes)
    return match(torch.tensor(anchors), pad([target])).tolist()[0]


def beside(share: float) -> list[float]:
    """A box of 10 x 10 px of which this share overlaps (0, 0, 10, 10): IoU = share / (2 - share)."""
    return [10 - 10 * share, 0.0, 20 - 10 * share, 10.0]


WHOLE = [0.0, 0.0, 10.0, 10.0]


def test_foreground_from_half_an_overlap_background_below_two_fifths_ignored_between():
    # 0.68 -> IoU 0.515; 0.62 -> 0.449; 0.5 -> 0.333; WHOLE is there so that no other is the best of the box
    anchors = [WHOLE, beside(0.68), beside(0.62), beside(0.5)]
    assert matched(anchors, [WHOLE]) == [0, 0, IGNORED, BACKGROUND]


def test_exactly_a_half_is_foreground_and_exactly_two_fifths_is_not_background():
    half, two_fifths = [0.0, 0.0, 10.0, 5.0], [0.0, 0.0, 10.0, 4.0]
    assert matched([WHOLE, half, two_fifths], [WHOLE]) == [0, 0, IGNORED]


def test_a_box_that_no_anchor_overlaps_by_half_gets_its_best_anchor():  # torchvision, detectron2
    assert matched([beside(0.3), beside(0.2)], [WHOLE]) == [0, BACKGROUND]


def test_in_the_paper_such_a_box_gets_none():
    target = (torch.tensor([WHOLE]), torch.tensor([0]), torch.tensor([OBJECT]))
    anchors = torch.tensor([beside(0.3), beside(0.62), beside(0.7)])
    for last, expected in ((2, [BACKGROUND, IGNORED]), (3, [BACKGROUND, IGNORED, 0])):
        assert match(anchors[:last], pad([target]), best_anchor=False).tolist() == [expected]


def test_all_anchors_that_tie_for_such_a_box_get_it():
    left = [-7.0, 0.0, 3.0, 10.0]
    assert matched([beside(0.3), left], [WHOLE]) == [0, 0]


def test_an_anchor_forced_by_one_box_still_learns_the_box_it_overlaps_best():  # torchvision
    # the only anchor is the small box's best, but it overlaps the large one more
    assert matched([WHOLE], [[9.0, 9.0, 11.0, 11.0], beside(0.9)]) == [1]


def test_an_anchor_learns_the_box_it_overlaps_best():
    assert matched([WHOLE], [beside(0.7), beside(0.9), beside(0.8)]) == [1]


def test_a_box_that_no_anchor_touches_is_not_learned():
    assert matched([WHOLE], [[50.0, 50.0, 60.0, 60.0]]) == [BACKGROUND]


def test_without_boxes_all_is_background():
    assert matched([WHOLE, beside(0.5)], []) == [BACKGROUND, BACKGROUND]


def test_anchors_on_an_ignored_box_are_neither_learned_nor_punished():
    anchors = [WHOLE, beside(0.62), beside(0.5)]
    assert matched(anchors, [WHOLE], [AN_IGNORED]) == [IGNORED, IGNORED, BACKGROUND]


def test_an_ignored_box_takes_no_anchor_from_another():
    assert matched([WHOLE], [WHOLE, beside(0.9)], [AN_IGNORED, OBJECT]) == [1]


def test_background_that_lies_to_half_of_its_own_area_in_a_region_is_ignored():
    inside, half, less = [40.0, 40.0, 50.0, 50.0], [-5.0, 0.0, 5.0, 10.0], [-5.5, 0.0, 4.5, 10.0]
    region = [0.0, 0.0, 100.0, 100.0]
    assert matched([inside, half, less], [region], [REGION]) == [IGNORED, IGNORED, BACKGROUND]
    # an anchor around a small region sees mostly what is beside it
    assert matched([[0.0, 0.0, 100.0, 100.0]], [[0.0, 0.0, 60.0, 80.0]], [REGION]) == [BACKGROUND]


def test_an_object_in_a_region_is_learned_as_anywhere():
    region = [0.0, 0.0, 100.0, 100.0]
    anchors = [WHOLE, beside(0.68), beside(0.62), beside(0.3), [90.0, 0.0, 150.0, 10.0]]
    alone, within = matched(anchors, [WHOLE]), matched(anchors, [region, WHOLE], [REGION, OBJECT])
    assert alone == [0, 0, IGNORED, BACKGROUND, BACKGROUND]
    assert within == [0, 0, IGNORED, IGNORED, BACKGROUND]


def test_background_on_a_rejected_proposal_is_refused():
    # IoU 1, 0.515, 0.449, 0.333: below a half it is background as any, never ignored
    anchors = [WHOLE, beside(0.68), beside(0.62), beside(0.5)]
    assert matched(anchors, [WHOLE], [REJECTED]) == [REFUSED, REFUSED, BACKGROUND, BACKGROUND]


def test_a_rejected_proposal_takes_no_anchor_from_an_object():
    anchors = [WHOLE, beside(0.68), beside(0.62), beside(0.3)]
    alone = matched(anchors, [beside(0.68)])
    assert alone == [0, 0, 0, IGNORED]
    assert matched(anchors, [WHOLE, beside(0.68)], [REJECTED, OBJECT]) == alone


def test_a_rejected_proposal_forces_no_anchor():
    assert matched([beside(0.3)], [WHOLE], [REJECTED]) == [BACKGROUND]


def test_in_a_region_nothing_is_punished_also_what_was_rejected():
    assert matched([WHOLE], [WHOLE, WHOLE], [REJECTED, REGION]) == [IGNORED]
    assert matched([WHOLE], [WHOLE, WHOLE], [REJECTED, AN_IGNORED]) == [IGNORED]


def test_a_batch_without_regions_and_rejected_proposals_has_no_room_for_them():
    targets = pad([random_boxes(3, (96, 96)), random_boxes(0, (96, 96))])
    assert targets.boxes.shape == (2, 3, 4)
    assert targets.regions.shape == targets.rejected.shape == (2, 0, 4)


def test_images_of_a_batch_do_not_see_each_others_boxes():
    anchors = anchors_for((96, 96), Architecture())
    each = [random_boxes(count, (96, 96), seed=count) for count in (3, 0, 17)]
    each[0][2][0], each[2][2][:4] = REGION, torch.tensor([REJECTED, REGION, REGION, REJECTED])
    together = match(anchors, pad(each))
    for row, target in enumerate(each):
        assert torch.equal(together[row], match(anchors, pad([target]))[0])


@pytest.mark.parametrize("at_once", [1, 30_000])
def test_boxes_taken_a_few_at_a_time_match_as_all_at_once(monkeypatch, at_once):
    anchors = anchors_for((96, 96), Architecture())
    boxes, labels, roles = random_boxes(25, (96, 96))
    for first, role in ((0, AN_IGNORED), (1, REGION), (3, REJECTED)):
        roles[first::6] = role
    boxes[21] = torch.tensor([56.0, 56.0, 88.0, 88.0])  # as large as the smallest anchors
    targets = pad([(boxes, labels, roles), random_boxes(3, (96, 96), 1)])
    expected = match(anchors, targets)
    monkeypatch.setattr(matching, "AT_ONCE", at_once)
    assert torch.equal(match(anchors, targets), expected)
    assert {BACKGROUND, IGNORED, REFUSED} < set(expected.unique().tolist())
