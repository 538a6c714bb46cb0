"""Tools without a window: pointers in, previews and an outcome out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from app.canvas import tools
from app.canvas.hit import Side, Targets
from app.canvas.pointer import NOTHING, Outcome, Phase, Pointer, Preview, Scene
from app.canvas.tools import draw_box, pan, select
from app.canvas.tools.reshape import moved, resized
from app.canvas.tools.tool import Tool
from model.discover import discover
from model.records import Box, Detection

SIZE = (200.0, 100.0)
BOLT = Box(20, 20, 60, 60, 1, uid=1)
NUT = Box(100, 20, 140, 60, 2, uid=2)
FOUND = Detection(150, 60, 190, 90, "nut", 0.8)
ALL = discover(tools, "TOOL")


def scene(*boxes: Box, selection: Iterable[int] = (), proposals=(), proposal=None, label: int = 1) -> Scene:
    return Scene(Targets(boxes, proposals), SIZE, frozenset(selection), proposal, label)


def play(
    tool: Tool, scene: Scene, *points: tuple[float, float], adds: bool = False
) -> tuple[list[Preview], Outcome]:
    """Press at the first point, move over the others, release at the last."""
    gesture = tool.drag(scene, Pointer(*points[0], Phase.PRESS, adds=adds))
    previews = [next(gesture)]
    for point in points[1:]:
        previews.append(gesture.send(Pointer(*point, adds=adds)))
    with pytest.raises(StopIteration) as end:
        gesture.send(Pointer(*points[-1], Phase.RELEASE, adds=adds))
    return previews, end.value.value


@pytest.mark.parametrize("tool", ALL, ids=lambda tool: tool.name)
def test_every_tool_says_what_it_does_and_can_be_cancelled(tool):
    assert tool.text
    assert tool.hint
    assert tool.icon.startswith("mdi6.")
    gesture = tool.drag(scene(BOLT), Pointer(30, 30, Phase.PRESS))
    next(gesture)
    gesture.close()


def test_no_two_tools_share_a_key():
    keys = [tool.key for tool in ALL if tool.key]
    assert len(keys) == len(set(keys))


# ---------------------------------------------------------------------------------------------- draw


def test_a_drag_draws_a_box_of_the_next_class_after_the_others_and_selects_it():
    previews, outcome = play(draw_box.TOOL, scene(BOLT, label=2), (10, 80), (50, 95))
    assert outcome.boxes[0] == BOLT
    assert (outcome.boxes[1].xyxy, outcome.boxes[1].label) == ((10, 80, 50, 95), 2)
    assert outcome.selection == {outcome.boxes[1].uid}
    assert previews[-1].boxes == (outcome.boxes[1],)


def test_a_box_is_drawn_the_same_in_every_direction():
    for start, end in (((10, 10), (50, 40)), ((50, 40), (10, 10)), ((10, 40), (50, 10))):
        assert play(draw_box.TOOL, scene(), start, end)[1].boxes[0].xyxy == (10, 10, 50, 40)


def test_what_is_drawn_past_the_edge_is_cut_there():
    assert play(draw_box.TOOL, scene(), (150, 50), (900, 900))[1].boxes[0].xyxy == (150, 50, 200, 100)


def test_a_box_under_3_px_is_discarded():
    assert play(draw_box.TOOL, scene(), (10, 10), (12.9, 50))[1] is NOTHING
    assert play(draw_box.TOOL, scene(), (10, 10), (13, 50))[1].boxes is not None


def test_a_drag_outside_the_picture_draws_nothing():
    assert play(draw_box.TOOL, scene(), (300, 300), (400, 400))[1] is NOTHING


def test_two_clicks_draw_a_box():
    gesture = draw_box.drag(scene(), Pointer(10, 10, Phase.PRESS))
    next(gesture)
    gesture.send(Pointer(10, 10, Phase.RELEASE))
    gesture.send(Pointer(40, 40))
    gesture.send(Pointer(50, 60, Phase.PRESS))
    with pytest.raises(StopIteration) as end:
        gesture.send(Pointer(50, 60, Phase.RELEASE))
    assert end.value.value.boxes[0].xyxy == (10, 10, 50, 60)


# ---------------------------------------------------------------------------------------------- select


def test_a_click_selects_the_box_and_changes_nothing():
    _, outcome = play(select.TOOL, scene(BOLT, NUT), (40, 40))
    assert outcome == Outcome(selection=frozenset((1,)))


def test_a_second_click_selects_what_lies_beneath():
    inner = Box(30, 30, 50, 50, 1, uid=3)
    assert play(select.TOOL, scene(BOLT, inner, selection=(3,)), (40, 40))[1].selection == {1}
    assert play(select.TOOL, scene(BOLT, inner, selection=(1,)), (40, 40))[1].selection == {3}


def test_a_second_click_reaches_a_proposal_beneath():
    under = Detection(10, 10, 90, 90, "bolt", 0.9)
    outcome = play(select.TOOL, scene(BOLT, selection=(1,), proposals=(under,)), (40, 40))[1]
    assert (outcome.selection, outcome.proposal) == (frozenset(), under)


def test_a_click_on_the_background_selects_nothing():
    assert play(select.TOOL, scene(BOLT, selection=(1,)), (90, 90))[1] == Outcome(selection=frozenset())


def test_a_drag_moves_a_box_that_was_not_selected():
    previews, outcome = play(select.TOOL, scene(BOLT, NUT), (40, 40), (45, 50))
    assert outcome.boxes[0].xyxy == (25, 30, 65, 70)
    assert outcome.boxes[1] == NUT
    assert (outcome.text, outcome.selection) == ("Move box", {1})
    assert previews[-1].boxes == outcome.boxes[:1]


def test_a_trembling_hand_moves_nothing():
    assert play(select.TOOL, scene(BOLT), (40, 40), (41, 41))[1].boxes is None


def test_all_selected_boxes_move_together_and_stop_together_at_the_edge():
    _, outcome = play(select.TOOL, scene(BOLT, NUT, selection=(1, 2)), (40, 40), (-400, 45))
    assert [box.xyxy for box in outcome.boxes] == [(0, 25, 40, 65), (80, 25, 120, 65)]
    assert outcome.text == "Move 2 boxes"


def test_shift_click_adds_to_the_selection_and_takes_away():
    assert play(select.TOOL, scene(BOLT, NUT, selection=(1,)), (120, 40), adds=True)[1].selection == {1, 2}
    assert play(select.TOOL, scene(BOLT, NUT, selection=(1, 2)), (120, 40), adds=True)[1].selection == {1}


def test_an_edge_is_pulled_from_anywhere_and_does_not_jump_to_the_cursor():
    _, outcome = play(select.TOOL, scene(BOLT, selection=(1,)), (62, 33), (72, 40))
    assert outcome.boxes[0].xyxy == (20, 20, 70, 60)
    assert outcome.text == "Resize box"


def test_a_corner_is_pulled_in_both_directions():
    assert play(select.TOOL, scene(BOLT), (20, 20), (10, 5))[1].boxes[0].xyxy == (10, 5, 60, 60)


def test_pulled_past_its_opposite_an_edge_turns_the_box_over():
    assert play(select.TOOL, scene(BOLT), (20, 40), (90, 40))[1].boxes[0].xyxy == (60, 20, 90, 60)


def test_a_rubber_band_selects_many_and_shift_adds_them():
    boxes = (BOLT, NUT, Box(150, 60, 180, 90, 1, uid=3))
    previews, outcome = play(select.TOOL, scene(*boxes), (5, 5), (150, 70))
    assert outcome.selection == {1, 2}
    assert previews[-1].band == (5, 5, 150, 70)
    assert play(select.TOOL, scene(*boxes, selection=(3,)), (5, 5), (90, 70), adds=True)[1].selection == {
        1,
        3,
    }


def test_a_click_on_a_proposal_selects_it():
    _, outcome = play(select.TOOL, scene(BOLT, proposals=(FOUND,)), (170, 75))
    assert (outcome.proposal, outcome.correction) == (FOUND, None)


def test_a_proposal_whose_edge_is_pulled_is_corrected():
    _, outcome = play(select.TOOL, scene(proposals=(FOUND,)), (150, 75), (140, 75))
    assert outcome.correction == (FOUND, Detection(140, 60, 190, 90, "nut", 0.8))


def test_a_proposal_that_is_moved_is_corrected():
    _, outcome = play(select.TOOL, scene(proposals=(FOUND,)), (170, 75), (165, 70))
    assert outcome.correction[1].xyxy == (145, 55, 185, 85)


# ---------------------------------------------------------------------------------------------- pan, reshape


def test_the_hand_asks_for_the_way_from_the_point_that_was_pressed():
    gesture = pan.drag(scene(), Pointer(50, 50, Phase.PRESS))
    next(gesture)
    assert gesture.send(Pointer(60, 45)).shift == (10, -5)
    assert gesture.send(Pointer(50, 50)).shift == (0, 0)  # the picture has followed


def test_a_box_that_lies_outside_moves_in_but_no_further_out():
    outside = Box(-20, 10, 30, 40, 1)
    assert moved((outside,), -5, 0, SIZE)[0].xmin == -20
    assert moved((outside,), 5, 0, SIZE)[0].xmin == -15


def test_a_box_is_resized_to_3_px_at_least():
    assert resized(BOLT, Side.RIGHT, -39, 0, SIZE).xyxy == (20, 20, 23, 60)


def test_a_resized_box_stays_in_the_image_and_keeps_who_it_is():
    large = resized(BOLT, Side.RIGHT | Side.BOTTOM, 1e6, 1e6, SIZE)
    assert large.xyxy == (20, 20, 200, 100)
    assert large.uid == BOLT.uid
