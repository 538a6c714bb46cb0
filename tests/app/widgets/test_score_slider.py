"""A threshold that is dragged or typed, over the scores it cuts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from app.widgets.score_slider import ScoreSlider, histogram


@pytest.fixture
def slider(qtbot):
    slider = ScoreSlider("Score at least")
    qtbot.addWidget(slider)
    slider.resize(260, 90)
    slider.show()
    slider.heard = []
    slider.value_changed.connect(slider.heard.append)
    return slider


def test_a_score_falls_in_its_part_and_one_in_the_last():
    assert histogram((0.0, 0.24, 0.25, 0.99, 1.0), bins=4) == (2, 1, 0, 2)


def test_dragging_to_the_right_end_is_one(qtbot, slider):
    track = slider._track
    middle = QPoint(track.width() // 2, track.height() - 9)
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(track, QPoint(track.width() - 1, middle.y()))
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() - 1, middle.y()))
    assert slider.value == 1.0
    assert slider._number.value() == 1.0


def test_a_typed_value_moves_the_handle(qtbot, slider):
    slider._number.selectAll()
    qtbot.keyClicks(slider._number, "0.35")
    qtbot.keyClick(slider._number, Qt.Key.Key_Return)
    assert slider.heard == [0.35]
    assert slider._track.value() == 35


def test_arrow_keys_move_by_a_hundredth(qtbot, slider):
    qtbot.keyClick(slider._track, Qt.Key.Key_Right)
    assert slider.heard == [0.51]


def test_a_value_equal_to_the_present_one_emits_nothing(slider):
    slider.set_value(0.5)
    assert slider.heard == []


def test_a_value_between_two_steps_stays_as_it_is(slider):
    slider.set_value(0.333)
    assert slider.value == 0.333
    assert slider.heard == [0.333]


def test_bars_above_the_threshold_stand_out(slider):
    slider.set_scores([0.105] * 4 + [0.905] * 4)
    image = slider._track.grab().toImage()
    groove = slider._track._groove()
    y = round(groove.top()) - 14
    low, high = (image.pixelColor(round(groove.left() + groove.width() * x), y) for x in (0.11, 0.91))
    accent = slider.palette().color(slider.palette().ColorRole.Accent)
    assert high == accent
    assert low != accent
