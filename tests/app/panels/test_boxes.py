"""The boxes of the image in view: the session's selection both ways, and the flag for difficult."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt

from app.document import edits
from app.panels.boxes import BoxesPanel, _flag_area
from model.records import ClassesChange, Edit


@pytest.fixture
def panel(qtbot, shell):
    panel = BoxesPanel(shell.context)
    qtbot.addWidget(panel)
    panel.resize(280, 300)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def chosen(panel: BoxesPanel) -> list[int]:
    return sorted(index.row() for index in panel.view.selectionModel().selectedIndexes())


def place(panel: BoxesPanel, row: int):
    return panel.view.visualRect(panel.model.index(row)).center()


def test_it_shows_the_boxes_of_the_image_in_view(shell, panel):
    first, second, _ = shell.open()
    shell.draw(first, (5, 5), (50, 5))
    shell.draw(second, (5, 5))
    assert panel.model.rowCount() == 2
    shell.context.session.show(second)
    assert panel.model.rowCount() == 1
    shell.context.document.undo()
    assert panel.model.rowCount() == 0


def test_rows_chosen_are_selected_in_the_session(qtbot, shell, panel):
    first, *_ = shell.open()
    boxes = shell.draw(first, (5, 5), (50, 5), (100, 5))
    view = panel.view.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place(panel, 1))
    assert shell.context.session.selection == {boxes[1].uid}
    qtbot.mouseClick(
        view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, pos=place(panel, 2)
    )
    assert shell.context.session.selection == {boxes[1].uid, boxes[2].uid}


def test_what_the_session_selects_is_chosen_here(shell, panel):
    first, *_ = shell.open()
    boxes = shell.draw(first, (5, 5), (50, 5), (100, 5))
    shell.context.session.select(frozenset({boxes[0].uid, boxes[2].uid}))
    assert chosen(panel) == [0, 2]
    shell.context.session.select(frozenset())
    assert chosen(panel) == []


def test_the_selection_survives_an_edit(shell, panel):
    first, *_ = shell.open()
    boxes = shell.draw(first, (5, 5), (50, 5))
    shell.context.session.select(frozenset({boxes[1].uid}))
    shell.draw(first, (100, 5))
    assert chosen(panel) == [1]
    assert shell.context.session.selection == {boxes[1].uid}


def test_a_box_that_is_deleted_leaves_the_selection(shell, panel):
    first, *_ = shell.open()
    shell.draw(first, (5, 5))
    boxes = shell.draw(first, (50, 5))
    shell.context.session.select(frozenset({boxes[0].uid}))
    shell.context.document.undo()
    assert chosen(panel) == []
    assert shell.context.session.selection == frozenset()


def test_a_click_on_the_flag_marks_the_box_and_selects_nothing(qtbot, shell, panel):
    first, *_ = shell.open()
    shell.draw(first, (5, 5), (50, 5))
    row = QRectF(panel.view.visualRect(panel.model.index(1)))
    flag = _flag_area(row).center().toPoint()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=flag)
    assert [box.difficult for box in shell.boxes()] == [False, True]
    assert shell.context.session.selection == frozenset()
    assert shell.context.document.undo_text() == "Mark as difficult"
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=flag)
    assert [box.difficult for box in shell.boxes()] == [False, False]


def test_it_paints_every_kind_of_row(shell, panel):
    first, *_ = shell.open()
    shell.draw(first, (5, 5), (50, 5), label=2)
    classes = shell.context.document.classes()
    shell.context.document.apply(Edit("Retire nut", (ClassesChange(classes, classes[:1]),)))
    panel.model.set_difficult(0, True)
    assert not panel.grab().isNull()


def test_an_area_to_ignore_has_no_class_and_no_flag_to_click(qtbot, shell, panel):
    first, *_ = shell.open()
    (box,) = shell.draw(first, (5, 5))
    document = shell.context.document
    document.apply(edits.set_mark(first, document.labels(first), frozenset({box.uid}), "ignore", True))
    index = panel.model.index(0)
    assert index.data() == "Area to ignore"
    assert "nothing in this area is learned" in index.data(Qt.ItemDataRole.ToolTipRole)
    flag = _flag_area(QRectF(panel.view.visualRect(index))).center().toPoint()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=flag)
    assert not shell.boxes()[0].difficult
    assert shell.context.session.selection == {box.uid}  # a click as anywhere in the row
