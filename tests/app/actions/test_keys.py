"""A key goes to its action, unless the widget with the focus needs it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from app.actions.keys import keeps
from model.records import Detection, State

Key, Modifier = Qt.Key, Qt.KeyboardModifier
BEST, OTHER = Detection(50, 50, 90, 90, "bolt", 0.9), Detection(200, 50, 240, 90, "nut", 0.7)


@pytest.fixture
def at_work(qtbot, shell, window):
    """A project with three images is open, the keyboard is with the canvas."""
    shell.open()
    shell.canvas.setFocus()
    qtbot.waitUntil(shell.canvas.hasFocus)
    return window


def focus(qtbot, widget: QWidget) -> None:
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)


def test_letters_act_when_the_canvas_has_the_keyboard(qtbot, shell, at_work):
    first = shell.context.session.image
    qtbot.keyClick(shell.canvas, Key.Key_D)
    assert shell.context.session.image != first
    qtbot.keyClick(shell.canvas, Key.Key_A)
    assert shell.context.session.image == first


@pytest.mark.parametrize("text", ["w", "d", "a", "n", "l", "t", "x", "1", "0", "/", "[", "]", " ", "h"])
def test_typing_in_a_field_types(qtbot, shell, at_work, text):
    field = at_work.docks.panel("images").search
    focus(qtbot, field)
    before = shell.context.session.image, shell.context.session.live, shell.context.session.threshold
    qtbot.keyClicks(field, text)
    assert field.text() == text
    assert (
        shell.context.session.image,
        shell.context.session.live,
        shell.context.session.threshold,
    ) == before
    assert not shell.context.session.hidden
    assert shell.posted == []


@pytest.mark.parametrize(
    "key", [Key.Key_Backspace, Key.Key_Delete, Key.Key_Return, Key.Key_Left, Key.Key_Tab]
)
def test_editing_keys_in_a_field_leave_the_boxes_alone(qtbot, shell, at_work, key):
    boxes = shell.draw(shell.context.session.image, (5, 5))
    shell.context.session.select(frozenset({boxes[0].uid}))
    field = at_work.docks.panel("classes").new_name
    focus(qtbot, field)
    qtbot.keyClick(field, key)
    assert shell.boxes() == boxes
    assert shell.canvas.asked == []


def test_enter_in_the_search_field_is_no_verdict_on_a_proposal(qtbot, shell, at_work):
    session = shell.context.session
    session.set_detections(session.image, (BEST,))
    session.select_proposal(BEST)
    field = at_work.docks.panel("images").search
    focus(qtbot, field)
    qtbot.keyClick(field, Key.Key_Return)
    assert shell.boxes() == ()


def test_undo_in_a_field_undoes_typing(qtbot, shell, at_work):
    boxes = shell.draw(shell.context.session.image, (5, 5))
    field = at_work.docks.panel("images").search
    focus(qtbot, field)
    qtbot.keyClicks(field, "bolt")
    qtbot.keyClick(field, Key.Key_Z, Modifier.ControlModifier)
    assert field.text() != "bolt"
    assert shell.boxes() == boxes


def test_space_on_the_canvas_says_done_when_it_is_let_go(qtbot, shell, at_work):
    first = shell.context.session.image
    shell.draw(first, (5, 5))
    qtbot.keyPress(shell.canvas, Key.Key_Space)
    assert shell.context.document.labels(first).state is State.TO_DO
    qtbot.keyRelease(shell.canvas, Key.Key_Space)
    assert shell.context.document.labels(first).state is State.DONE


def test_space_held_to_drag_the_picture_says_nothing(qtbot, shell, at_work):
    first = shell.context.session.image
    shell.draw(first, (5, 5))
    qtbot.keyPress(shell.canvas, Key.Key_Space)
    qtbot.mousePress(shell.canvas, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(shell.canvas, Qt.MouseButton.LeftButton)
    qtbot.keyRelease(shell.canvas, Key.Key_Space)
    assert shell.context.document.labels(first).state is State.TO_DO
    assert shell.context.session.image == first


def test_boxes_are_hidden_while_h_is_held(qtbot, shell, at_work):
    qtbot.keyPress(shell.canvas, Key.Key_H)
    assert shell.context.session.hidden
    qtbot.keyRelease(shell.canvas, Key.Key_H)
    assert not shell.context.session.hidden


def test_in_the_image_list_up_and_down_go_through_the_images(qtbot, shell, at_work):
    view = at_work.docks.panel("images").view
    focus(qtbot, view)
    first = shell.context.session.image
    qtbot.keyClick(view, Key.Key_Down)
    assert shell.context.session.image != first
    assert shell.canvas.asked == []


def test_letters_act_in_the_image_list_too(qtbot, shell, at_work):
    view = at_work.docks.panel("images").view
    focus(qtbot, view)
    first = shell.context.session.image
    qtbot.keyClick(view, Key.Key_D)
    assert shell.context.session.image != first


def test_arrows_nudge_and_tab_cycles_on_the_canvas(qtbot, shell, at_work):
    boxes = shell.draw(shell.context.session.image, (5, 5))
    shell.context.session.select(frozenset({boxes[0].uid}))
    qtbot.keyClick(shell.canvas, Key.Key_Right)
    qtbot.keyClick(shell.canvas, Key.Key_Up, Modifier.ShiftModifier)
    qtbot.keyClick(shell.canvas, Key.Key_Left, Modifier.ControlModifier | Modifier.AltModifier)
    qtbot.keyClick(shell.canvas, Key.Key_Tab)
    qtbot.keyClick(shell.canvas, Key.Key_Backtab, Modifier.ShiftModifier)
    assert shell.canvas.asked == [
        ("nudge", 1, 0), ("nudge", 0, -10), ("resize", -1, 0), ("cycle", 1), ("cycle", -1),
    ]  # fmt: skip


def test_a_key_finds_the_actions_as_things_are_now(qtbot, shell, at_work):
    """No event loop runs between the selection and the key."""
    boxes = shell.draw(shell.context.session.image, (5, 5))
    shell.context.session.select(frozenset({boxes[0].uid}))
    qtbot.keyClick(shell.canvas, Key.Key_Delete)
    assert shell.boxes() == ()


def test_a_button_keeps_space_and_a_click_does_not_take_the_keyboard(qtbot, shell, at_work):
    button = QPushButton("press")
    assert keeps(button, shell.canvas, Key.Key_Space, Modifier.NoModifier)
    for dock in at_work.docks.all():
        for inside in dock.findChildren(QPushButton):
            assert not inside.focusPolicy() & Qt.FocusPolicy.ClickFocus


def test_function_keys_and_commands_act_from_a_field(qtbot, shell):
    field = QLineEdit()
    assert not keeps(field, shell.canvas, Key.Key_F1, Modifier.NoModifier)
    assert not keeps(field, shell.canvas, Key.Key_E, Modifier.ControlModifier)
    assert keeps(field, shell.canvas, Key.Key_W, Modifier.ShiftModifier)
