"""The canvas under mouse and keys: what a person does ends in an edit, a selection, or another view."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from model.records import Box, ClassesChange, Detection, LabelsChange, Verdict
from tests.app.canvas.fakes import MIDDLE, SIZE, Ready, Stage, make_context, picture

BOLT = Box(20, 20, 60, 60, 1, uid=1)
NUT = Box(100, 20, 140, 60, 2, uid=2)
FOUND = Detection(150, 50, 190, 90, "nut", 0.8)
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def close(*expected: float) -> object:
    """Widget px are not whole image px."""
    return pytest.approx(expected, abs=0.4)


def press_key(stage: Stage, key: Qt.Key) -> None:
    QApplication.sendEvent(stage.canvas, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))


def release_key(stage: Stage, key: Qt.Key) -> None:
    QApplication.sendEvent(
        stage.canvas, QKeyEvent(QEvent.Type.KeyRelease, key, Qt.KeyboardModifier.NoModifier)
    )


def zoom(stage: Stage) -> float:
    return stage.canvas._view.viewport.zoom


# ---------------------------------------------------------------------------------------------- drawing


def test_a_drag_with_the_box_tool_is_one_edit_and_the_tool_stays(stage):
    stage.session.set_tool("draw")
    stage.drag((10, 10), (50, 40))
    assert [edit.text for edit in stage.document.edits] == ["Draw box"]
    assert stage.boxes()[0].xyxy == close(10, 10, 50, 40)
    assert stage.boxes()[0].label == stage.session.label
    assert stage.session.selection == {stage.boxes()[0].uid}
    assert stage.session.tool == "draw"


def test_esc_closes_the_gesture_and_nothing_has_happened(stage):
    stage.session.set_tool("draw")
    stage.press(10, 10)
    stage.move(50, 40)
    stage.canvas.cancel()
    stage.release(50, 40)
    assert stage.document.edits == []


def test_esc_goes_back_step_by_step(stage):
    stage.put(BOLT)
    stage.session.set_tool("draw")
    stage.session.select(frozenset((1,)))
    stage.canvas.cancel()
    assert stage.session.tool == "select"
    assert stage.session.selection == {1}
    stage.canvas.cancel()
    assert stage.session.selection == frozenset()


def test_alt_drag_draws_inside_a_box(stage):
    stage.put(BOLT)
    stage.drag((30, 30), (50, 50), ALT)
    assert stage.boxes()[1].xyxy == close(30, 30, 50, 50)
    assert stage.session.tool == "select"


def test_a_box_drawn_past_the_picture_is_cut_at_its_edge(stage):
    stage.session.set_tool("draw")
    stage.drag((150, 50), (400, 400))
    assert stage.boxes()[0].xyxy[2:] == SIZE


def test_the_wheel_zooms_while_drawing_and_the_corner_stays_under_the_cursor(stage):
    stage.session.set_tool("draw")
    stage.press(50, 50)
    stage.move(80, 70)
    stage.wheel(80, 70)
    stage.release(80, 70)
    assert stage.boxes()[0].xyxy == close(50, 50, 80, 70)


def test_labels_that_change_under_a_gesture_end_it(stage):
    stage.put(BOLT)
    stage.press(40, 40)
    stage.move(60, 50)
    stage.put(replace(BOLT, xmax=70))
    stage.release(60, 50)
    assert stage.document.edits == []


def test_another_image_ends_a_gesture(stage):
    stage.session.set_tool("draw")
    stage.press(10, 10)
    stage.move(50, 40)
    stage.open(2)
    stage.release(50, 40)
    assert stage.document.edits == []


# ---------------------------------------------------------------------------------------------- naming


def test_the_first_box_of_a_project_asks_its_name_in_place_and_never_again(qtbot):
    stage = Stage(make_context(classes=()))
    qtbot.addWidget(stage.canvas)
    stage.canvas.show()
    stage.open().session.set_tool("draw")
    stage.drag((10, 10), (50, 40))
    palette = stage.canvas.class_palette
    assert palette.is_open
    assert stage.document.edits == []
    QTest.keyClicks(palette.line, "bolt")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    (edit,) = stage.document.edits
    assert [type(change) for change in edit.changes] == [ClassesChange, LabelsChange]
    assert stage.document.label_class(stage.boxes()[0].label).name == "bolt"
    assert stage.session.selection == {stage.boxes()[0].uid}
    stage.drag((60, 10), (90, 40))
    assert not palette.is_open
    assert len(stage.boxes()) == 2


def test_esc_in_the_palette_cancels_the_box(qtbot):
    stage = Stage(make_context(classes=()))
    qtbot.addWidget(stage.canvas)
    stage.canvas.show()
    stage.open().session.set_tool("draw")
    stage.drag((10, 10), (50, 40))
    QTest.keyClick(stage.canvas.class_palette.line, Qt.Key.Key_Escape)
    assert not stage.canvas.class_palette.is_open
    assert stage.document.edits == []


def test_typing_a_class_names_the_selection_and_the_next_box(stage):
    stage.put(BOLT)
    stage.session.select(frozenset((1,)))
    stage.canvas.start_class_palette()
    QTest.keyClicks(stage.canvas.class_palette.line, "nu")
    QTest.keyClick(stage.canvas.class_palette.line, Qt.Key.Key_Return)
    assert stage.boxes()[0].label == 2
    assert stage.session.label == 2
    assert len(stage.document.edits) == 1


def test_a_new_name_for_the_selection_is_one_edit(stage):
    stage.put(BOLT)
    stage.session.select(frozenset((1,)))
    stage.canvas.start_class_palette()
    QTest.keyClicks(stage.canvas.class_palette.line, "washer")
    QTest.keyClick(stage.canvas.class_palette.line, Qt.Key.Key_Return)
    assert [edit.text for edit in stage.document.edits] == ["Change class to washer"]
    assert stage.document.label_class(stage.boxes()[0].label).name == "washer"


def test_a_new_name_without_a_selection_is_the_class_of_the_next_box(stage):
    stage.canvas.start_class_palette()
    QTest.keyClicks(stage.canvas.class_palette.line, "washer")
    QTest.keyClick(stage.canvas.class_palette.line, Qt.Key.Key_Return)
    assert stage.document.label_class(stage.session.label).name == "washer"


def test_a_proposal_named_otherwise_is_accepted_as_that(stage):
    stage.propose(FOUND)
    stage.session.select_proposal(FOUND)
    stage.canvas.start_class_palette()
    QTest.keyClicks(stage.canvas.class_palette.line, "bolt")
    QTest.keyClick(stage.canvas.class_palette.line, Qt.Key.Key_Return)
    assert (stage.boxes()[0].xyxy, stage.boxes()[0].label) == (FOUND.xyxy, 1)
    assert stage.session.proposals() == ()


# ---------------------------------------------------------------------------------------------- boxes by hand and key


def test_a_box_is_moved_by_its_body_and_resized_by_its_edge(stage):
    stage.put(BOLT)
    stage.drag((40, 40), (50, 45))
    assert stage.boxes()[0].xyxy == close(30, 25, 70, 65)
    stage.drag((70, 33), (80, 33))
    assert stage.boxes()[0].xyxy == close(30, 25, 80, 65)
    assert [edit.text for edit in stage.document.edits] == ["Move box", "Resize box"]


def test_a_click_selects_and_makes_no_edit(stage):
    stage.put(BOLT, NUT)
    stage.click(120, 40)
    assert stage.session.selection == {2}
    stage.click(40, 40, SHIFT)
    assert stage.session.selection == {1, 2}
    stage.click(90, 90)
    assert stage.session.selection == frozenset()
    assert stage.document.edits == []


def test_arrows_move_the_selection_together_and_stop_at_the_edge(stage):
    stage.put(BOLT, NUT)
    stage.session.select(frozenset((1, 2)))
    stage.canvas.nudge(1, 0)
    assert [box.xmin for box in stage.boxes()] == [21, 101]
    stage.canvas.nudge(0, -100)
    assert [box.ymin for box in stage.boxes()] == [0, 0]
    stage.canvas.nudge(0, -1)
    assert len(stage.document.edits) == 2  # at the edge there is nothing to move


def test_keys_resize_the_selection(stage):
    stage.put(BOLT)
    stage.session.select(frozenset((1,)))
    stage.canvas.resize_selection(1, -1)
    assert stage.boxes()[0].xyxy == (20, 20, 61, 59)


def test_tab_goes_through_the_boxes_and_round(stage):
    stage.put(BOLT, NUT)
    seen = []
    for step in (1, 1, 1, -1):
        stage.canvas.cycle(step)
        seen.append(next(iter(stage.session.selection)))
    assert seen == [1, 2, 1, 2]


def test_a_box_that_is_selected_out_of_view_is_brought_into_view(stage):
    stage.put(BOLT, NUT)
    stage.wheel(30, 30, 1200)
    assert not stage.canvas.rect().contains(stage.place(120, 40).toPoint())
    stage.session.select(frozenset((2,)))
    assert stage.canvas.rect().contains(stage.place(120, 40).toPoint())


# ---------------------------------------------------------------------------------------------- proposals


def test_a_click_on_a_proposal_selects_it(stage):
    stage.propose(FOUND)
    stage.click(170, 70)
    assert stage.session.proposal == FOUND
    assert stage.document.edits == []


def test_a_double_click_on_a_proposal_accepts_it(stage):
    stage.propose(FOUND)
    stage.double_click(170, 70)
    assert stage.boxes()[0].xyxy == FOUND.xyxy
    assert stage.document.project.verdicts == [(1, (FOUND,), Verdict.ACCEPTED)]


def test_a_proposal_pulled_into_place_is_accepted_so_and_not_proposed_again(stage):
    stage.propose(FOUND)
    stage.drag((150, 70), (110, 70))
    assert stage.boxes()[0].xyxy == close(110, 50, 190, 90)
    assert stage.session.proposals() == ()
    assert stage.session.selection == {stage.boxes()[0].uid}
    assert stage.document.project.verdicts == [(1, (FOUND,), Verdict.ACCEPTED)]
    assert len(stage.document.edits) == 1


def test_new_proposals_do_not_end_a_gesture(stage):
    stage.session.set_tool("draw")
    stage.press(10, 10)
    stage.move(30, 30)
    stage.propose(FOUND)
    stage.release(50, 40)
    assert len(stage.boxes()) == 1


# ---------------------------------------------------------------------------------------------- the view


def test_the_wheel_zooms_at_the_cursor_and_says_so(stage, qtbot):
    before = zoom(stage)
    at = stage.place(40, 30)
    with qtbot.waitSignal(stage.canvas.zoom_changed) as said:
        stage.wheel(40, 30)
    assert said.args == [zoom(stage)]
    assert zoom(stage) == pytest.approx(before * 2**0.25)
    after = stage.place(40, 30)
    assert (after.x(), after.y()) == pytest.approx((at.x(), at.y()), abs=1)


def test_a_double_click_on_the_background_fits(stage):
    fitted = zoom(stage)
    stage.wheel(100, 50, 480)
    stage.double_click(100, 50)
    assert zoom(stage) == fitted


@pytest.mark.parametrize("tool", ["select", "draw"])
def test_space_drag_and_middle_drag_pan_with_every_tool(stage, tool):
    stage.session.set_tool(tool)
    stage.wheel(100, 50, 960)
    for button in (MIDDLE, Qt.MouseButton.LeftButton):
        if button is not MIDDLE:
            press_key(stage, Qt.Key.Key_Space)
        stage.press(100, 50, button=button)
        at = stage.place(100, 50)
        to = at + QPointF(30, -20)
        stage.send(QEvent.Type.MouseMove, to, button, True, Qt.KeyboardModifier.NoModifier)
        moved = stage.place(100, 50)
        assert (moved.x(), moved.y()) == pytest.approx((to.x(), to.y()), abs=1)
        stage.send(QEvent.Type.MouseButtonRelease, to, button, False, Qt.KeyboardModifier.NoModifier)
    release_key(stage, Qt.Key.Key_Space)
    assert stage.document.edits == []


def test_the_pan_tool_drags_the_picture(stage):
    stage.session.set_tool("pan")
    stage.wheel(100, 50, 960)
    at = stage.place(100, 50)
    stage.press(100, 50)
    to = at + QPointF(25, 10)
    stage.send(QEvent.Type.MouseMove, to, Qt.MouseButton.LeftButton, True, Qt.KeyboardModifier.NoModifier)
    assert (stage.place(100, 50) - to).manhattanLength() <= 2


def test_keys_zoom_to_round_numbers(stage):
    stage.canvas.actual_size()
    assert zoom(stage) == 1.0
    stage.canvas.zoom_in()
    assert zoom(stage) == 1.25
    stage.canvas.zoom_out()
    assert zoom(stage) == 1.0


def test_a_fitted_picture_stays_fitted_in_a_larger_window(stage):
    stage.canvas.resize(1000, 700)
    assert zoom(stage) == pytest.approx(stage.canvas._view.viewport.fit_zoom)


def test_the_next_image_is_fitted_or_keeps_zoom_and_place(stage):
    stage.wheel(30, 30, 960)
    kept = stage.canvas._view.viewport
    stage.context.settings.keep_view = True
    stage.open(2)
    assert stage.canvas._view.viewport == kept
    stage.context.settings.keep_view = False
    stage.open(3)
    assert zoom(stage) == kept.fit_zoom


def test_the_cursor_is_told_in_image_px_and_none_outside(stage):
    said = []
    stage.canvas.cursor_moved.connect(said.append)
    stage.hover(30, 40)
    stage.hover(-5, 40)
    assert (said[0].x(), said[0].y()) == close(30, 40)
    assert said[1:] == [None]


def test_cursor_shapes_say_what_a_press_would_do(stage):
    stage.put(BOLT)
    shapes = {}
    for name, place in {"body": (40, 40), "left": (20, 40), "corner": (60, 60), "ground": (90, 90)}.items():
        stage.hover(*place)
        shapes[name] = stage.canvas.cursor().shape()
    shape = Qt.CursorShape
    assert shapes == {
        "body": shape.PointingHandCursor,
        "left": shape.SizeHorCursor,
        "corner": shape.SizeFDiagCursor,
        "ground": shape.ArrowCursor,
    }
    stage.session.select(frozenset((1,)))
    stage.hover(40, 40)
    assert stage.canvas.cursor().shape() == shape.SizeAllCursor
    stage.session.set_tool("draw")
    assert stage.canvas.cursor().shape() == shape.CrossCursor
    press_key(stage, Qt.Key.Key_Space)
    assert stage.canvas.cursor().shape() == shape.OpenHandCursor


# ---------------------------------------------------------------------------------------------- states


def test_while_boxes_are_hidden_none_can_be_touched(stage):
    stage.put(BOLT)
    stage.session.hide_boxes(True)
    stage.drag((40, 40), (80, 60))
    assert stage.document.edits == []
    stage.session.hide_boxes(False)
    stage.click(40, 40)
    assert stage.session.selection == {1}


def test_pixels_of_another_image_are_passed_over(stage):
    stage.session.show(2)
    stage.canvas.on_image_ready(Ready(1, picture()))
    assert stage.canvas._view.picture is None


def test_no_box_can_be_drawn_before_there_is_a_picture(stage):
    stage.session.show(2)
    stage.session.set_tool("draw")
    stage.drag((10, 10), (50, 40))
    assert stage.document.edits == []


def test_an_image_that_cannot_be_read_says_why_and_the_next_one_opens(stage):
    stage.session.show(2)
    stage.canvas.on_image_failed(2, "“2.jpg” is cut off.")
    assert stage.canvas._view.message.title == "“2.jpg” is cut off."
    stage.canvas.grab()
    stage.open(3)
    assert stage.canvas._view.message is None
    assert stage.canvas._view.picture is not None


def test_a_failure_of_another_image_is_passed_over(stage):
    stage.canvas.on_image_failed(2, "“2.jpg” is cut off.")
    assert stage.canvas._view.message is None


def test_a_slow_image_shows_its_thumbnail_first_and_boxes_can_be_drawn_on_it(stage):
    stage.context.images.thumbnails[2] = picture().scaled(40, 20)
    stage.session.show(2)
    stage.session.set_tool("draw")
    stage.drag((10, 10), (50, 40))
    assert stage.boxes(2)[0].xyxy == close(10, 10, 50, 40)
    before = stage.canvas._view.viewport
    stage.canvas.on_image_ready(Ready(2, picture()))
    assert stage.canvas._view.viewport == before


def test_a_thumbnail_that_comes_late_is_shown_and_does_not_replace_the_picture(stage):
    stage.session.show(2)
    stage.context.images.thumbnail_ready.emit(2, picture().scaled(40, 20))
    assert stage.canvas._view.picture.size == (40, 20)
    stage.canvas.on_image_ready(Ready(2, picture()))
    stage.context.images.thumbnail_ready.emit(2, picture().scaled(40, 20))
    assert stage.canvas._view.picture.size == SIZE


def test_a_thumbnail_of_an_image_of_unknown_size_is_only_looked_at(stage):
    stage.document.forget_size(2)
    stage.context.images.thumbnails[2] = picture().scaled(40, 20)
    stage.session.show(2)
    stage.session.set_tool("draw")
    stage.drag((10, 10), (30, 15))
    assert stage.document.edits == []


def test_an_image_that_takes_long_is_said_to_be_on_its_way(stage, qtbot):
    stage.session.show(2)
    qtbot.waitUntil(lambda: stage.canvas._view.note == "Opening 2.jpg…", timeout=2000)
    stage.canvas.on_image_ready(Ready(2, picture()))
    assert stage.canvas._view.note == ""


def test_without_an_image_it_says_what_to_do(stage):
    stage.session.show(None)
    assert "drop" in stage.canvas._view.message.hint
    stage.canvas.grab()
    stage.drag((10, 10), (50, 40))
    assert stage.document.edits == []
