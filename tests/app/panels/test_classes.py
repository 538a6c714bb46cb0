"""The classes: added, renamed, recoloured, removed, each an edit; a click chooses."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QLineEdit

from app.panels.classes import ClassesPanel, _swatch_area


@pytest.fixture
def panel(qtbot, shell):
    panel = ClassesPanel(shell.context)
    qtbot.addWidget(panel)
    panel.resize(280, 300)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def names(shell) -> list[str]:
    return [label_class.name for label_class in shell.context.document.classes()]


def click(qtbot, panel: ClassesPanel, row: int) -> None:
    place = panel.view.visualRect(panel.model.index(row)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_gives_the_class_to_the_selection(qtbot, shell, panel):
    first, *_ = shell.open()
    boxes = shell.draw(first, (5, 5), (50, 5))
    shell.context.session.select(frozenset({boxes[1].uid}))
    click(qtbot, panel, 1)
    assert [box.label for box in shell.boxes()] == [1, 2]
    assert shell.context.session.label == 2
    assert shell.context.document.undo_text() == "Change class to nut"


def test_with_nothing_selected_it_is_the_next_boxs(qtbot, shell, panel):
    first, *_ = shell.open()
    shell.draw(first, (5, 5))
    click(qtbot, panel, 1)
    assert shell.context.session.label == 2
    assert [box.label for box in shell.boxes()] == [1]
    assert shell.context.document.undo_text() == "Draw"


def test_a_name_typed_below_is_a_new_class(qtbot, shell, panel):
    shell.open()
    qtbot.keyClicks(panel.new_name, "  wing   nut ")
    qtbot.keyClick(panel.new_name, Qt.Key.Key_Return)
    assert names(shell) == ["bolt", "nut", "wing nut"]
    assert panel.new_name.text() == ""
    assert shell.context.session.label == 3
    shell.context.document.undo()
    assert names(shell) == ["bolt", "nut"]


def test_a_name_that_is_taken_is_refused_in_words_and_stays_to_be_mended(qtbot, shell, panel):
    shell.open()
    qtbot.keyClicks(panel.new_name, "nut")
    qtbot.keyClick(panel.new_name, Qt.Key.Key_Return)
    assert names(shell) == ["bolt", "nut"]
    assert "“nut” already" in shell.posted[-1].text
    assert panel.new_name.text() == "nut"


def test_double_click_renames_in_place(qtbot, shell, panel):
    shell.open()
    place = panel.view.visualRect(panel.model.index(0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    editor = panel.view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, "screw")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(shell) == ["screw", "nut"])
    assert [c.id for c in shell.context.document.classes()] == [1, 2]
    assert shell.context.document.undo_text() == "Rename bolt to screw"


@pytest.mark.parametrize("name", ["", "   ", "nut", "a\x07b"])
def test_a_bad_name_changes_nothing(shell, panel, name):
    shell.open()
    assert not panel.model.setData(panel.model.index(0), name)
    assert names(shell) == ["bolt", "nut"]
    assert len(shell.posted) == 1


def test_another_colour_is_an_edit(shell, panel):
    shell.open()
    panel.model.recolour(1, "#123456")
    assert shell.context.document.classes()[1].colour == "#123456"
    text = shell.context.document.undo_text()
    panel.model.recolour(1, "#123456")
    assert text == shell.context.document.undo_text() == "Change colour of nut"


def test_a_click_on_the_swatch_asks_for_a_colour_and_chooses_nothing(qtbot, shell, panel, monkeypatch):
    shell.open()
    monkeypatch.setattr(panel._colours, "ask", lambda present, place: "#abcdef")
    row = QRectF(panel.view.visualRect(panel.model.index(1)))
    qtbot.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=_swatch_area(row).center().toPoint()
    )
    assert shell.context.document.classes()[1].colour == "#abcdef"


def test_counts_follow_edits(qtbot, shell, panel):
    first, second, _ = shell.open()
    shell.draw(first, (5, 5), (50, 5))
    shell.draw(second, (5, 5), label=2)
    qtbot.waitUntil(lambda: [panel.model.count(row) for row in (0, 1)] == [2, 1])


def test_only_a_class_without_boxes_can_be_removed(qtbot, shell, panel):
    first, *_ = shell.open()
    shell.draw(first, (5, 5))
    qtbot.waitUntil(lambda: panel.model.count(0) == 1)
    remove = [panel.menu_for(panel.model.index(row)).actions()[-1] for row in (0, 1)]
    assert [action.isEnabled() for action in remove] == [False, True]
    assert remove[0].text() == "Remove (it has 1 box)"
    remove[1].trigger()
    assert names(shell) == ["bolt"]


def test_without_a_project_nothing_can_be_added(shell, panel):
    assert not panel.new_name.isEnabled()
    shell.open()
    assert panel.new_name.isEnabled()
