"""What a press would hold."""

from __future__ import annotations

import pytest

from app.canvas.hit import HANDLES, Side, Targets, handle_at, sides_at
from model.records import Box, Detection

LARGE = Box(0, 0, 100, 100, 1, uid=1)
SMALL = Box(40, 40, 60, 60, 1, uid=2)
BOTH = Targets((LARGE, SMALL))
NOTHING: frozenset[int] = frozenset()


def at(targets: Targets, x: float, y: float, selection=NOTHING, proposal=None, reach: float = 3.0):
    return targets.at(x, y, reach, selection, proposal)


def test_the_smallest_box_under_the_cursor_wins():
    assert at(BOTH, 50, 50).target == SMALL
    assert at(BOTH, 20, 50).target == LARGE


def test_the_order_of_the_boxes_does_not_matter():
    assert at(Targets((SMALL, LARGE)), 50, 50).target == SMALL


def test_an_edge_is_held_anywhere_along_its_length():
    for y in (10, 33, 50, 90):
        assert at(BOTH, 1, y).sides is Side.LEFT
        assert at(BOTH, -2.9, y).sides is Side.LEFT
    assert at(BOTH, -3.1, 50) is None


@pytest.mark.parametrize("sides", HANDLES)
def test_each_of_the_eight_handles_is_held_where_it_is_drawn(sides):
    assert sides_at(LARGE.xyxy, *handle_at(LARGE.xyxy, sides), 3.0) == sides


def test_edges_of_the_selected_box_come_before_a_smaller_box_beneath():
    edge = Box(30, 50, 100, 100, 1, uid=3)
    targets = Targets((edge, SMALL))
    assert at(targets, 50, 50).target == SMALL
    hit = at(targets, 50, 50, selection=frozenset((3,)))
    assert (hit.target, hit.sides) == (edge, Side.TOP)


def test_the_body_of_the_selected_box_gives_way_to_a_smaller_one():
    assert at(BOTH, 50, 50, selection=frozenset((LARGE.uid,))).target == SMALL


def test_a_small_box_can_still_be_held_by_its_body():
    tiny = Box(10, 10, 14, 14, 1)
    assert at(Targets((tiny,)), 12, 12, reach=6).sides is Side.BODY


def test_proposals_are_found_like_labels():
    proposal = Detection(45, 45, 55, 55, "bolt", 0.9)
    targets = Targets((LARGE, SMALL), (proposal,))
    assert at(targets, 50, 50).target == proposal


def test_nothing_is_under_the_cursor_where_there_are_no_boxes():
    assert at(Targets(), 5, 5) is None
    assert Targets().inside((0, 0, 10, 10)) == ()


def test_a_rubber_band_takes_the_boxes_whose_middle_is_in_it():
    assert BOTH.inside((45, 45, 55, 55)) == (LARGE, SMALL)
    assert BOTH.inside((0, 0, 45, 45)) == ()


def test_a_proposal_that_is_not_a_number_is_never_hit():
    nan = Detection(float("nan"), 0, 10, 10, "bolt", 0.9)
    assert at(Targets((), (nan,)), 5, 5) is None
