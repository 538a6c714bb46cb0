"""The first page asks; it knows nothing of projects."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton

from app.widgets.welcome import Welcome


@pytest.fixture
def welcome(qtbot):
    welcome = Welcome(QIcon())
    qtbot.addWidget(welcome)
    welcome.resize(820, 520)
    welcome.show()
    return welcome


def test_its_buttons_say_what_is_wanted(qtbot, welcome):
    asked: list[object] = []
    welcome.open_requested.connect(lambda: asked.append("open"))
    welcome.sample_requested.connect(lambda: asked.append("sample"))
    for button in welcome.findChildren(QPushButton):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["open", "sample"]


def test_a_sample_that_is_being_drawn_is_not_asked_for_again(qtbot, welcome):
    asked: list[str] = []
    welcome.sample_requested.connect(lambda: asked.append("sample"))
    welcome.set_drawing(True)
    button = next(b for b in welcome.findChildren(QPushButton) if "sample" in b.text())
    assert button.text() == "Drawing the sample…"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == []
    welcome.set_drawing(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["sample"]


def test_a_recent_folder_is_one_click_away(qtbot, welcome):
    asked: list[Path] = []
    welcome.folder_requested.connect(asked.append)
    welcome.set_recent((Path("/pictures/bolts"), Path("/pictures/nuts")))
    qtbot.mouseClick(welcome.folder_buttons()[1], Qt.MouseButton.LeftButton)
    assert asked == [Path("/pictures/nuts")]


def test_the_list_of_recent_folders_is_replaced(qtbot, welcome):
    welcome.set_recent((Path("/a/b"), Path("/a/c")))
    welcome.set_recent((Path("/a/d"),))
    assert [button.accessibleName() for button in welcome.folder_buttons()] == ["d"]
