"""A class is named by typing, and nothing else happens meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from app.widgets.class_palette import NAME, ClassPalette
from model.records import LabelClass

CLASSES = tuple(
    LabelClass(i, name, "#e69f00") for i, name in enumerate(("bolt", "nut", "wing nut", "Nail"), 1)
)


@pytest.fixture
def palette(qtbot):
    parent = QWidget()
    parent.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    parent.resize(500, 400)
    qtbot.addWidget(parent)
    palette = ClassPalette(parent)
    parent.show()
    parent.activateWindow()
    qtbot.waitUntil(parent.isActiveWindow)
    palette.heard = []
    palette.chosen.connect(palette.heard.append)
    palette.cancelled.connect(lambda: palette.heard.append(None))
    return palette


def names(palette: ClassPalette) -> list[str]:
    return [palette.names.item(row).data(NAME) for row in range(palette.names.count())]


def test_it_lists_all_classes_and_enter_takes_the_current_one(palette):
    palette.ask(CLASSES, QPoint(50, 50), "nut")
    assert palette.line.hasFocus()
    assert names(palette) == ["bolt", "nut", "wing nut", "Nail"]
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == ["nut"]


def test_typing_filters_names_that_begin_so_before_those_that_hold_it(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClicks(palette.line, "n")
    assert names(palette) == ["nut", "Nail", "wing nut", "n"]
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == ["nut"]


def test_a_name_that_fits_none_is_new(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClicks(palette.line, "  wood   screw ")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == ["wood screw"]


def test_a_new_name_that_begins_like_an_old_one_is_one_step_down(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClicks(palette.line, "bol")
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == ["bol"]


def test_the_exact_name_is_taken_and_not_offered_as_new(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClicks(palette.line, "nut")
    assert names(palette) == ["nut", "wing nut"]


def test_enter_with_nothing_to_take_stays_open(palette):
    palette.ask((), QPoint(50, 50))
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == []
    assert palette.is_open


def test_esc_cancels_once(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert palette.heard == [None]
    assert not palette.is_open
    assert palette.parentWidget().hasFocus()


def test_done_closes_without_cancelling(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    palette.done()
    assert palette.heard == []


def test_a_click_elsewhere_cancels(palette, qtbot):
    other = QLineEdit(palette.parentWidget())
    other.show()
    palette.ask(CLASSES, QPoint(50, 50))
    other.setFocus(Qt.FocusReason.MouseFocusReason)
    assert palette.heard == [None]


def test_a_click_on_a_name_takes_it(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    place = palette.names.visualItemRect(palette.names.item(2)).center()
    QTest.mouseClick(palette.names.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert palette.heard == ["wing nut"]


@pytest.mark.parametrize("place", [QPoint(0, 0), QPoint(495, 395), QPoint(-50, 900)])
def test_it_stays_inside_its_parent(palette, place):
    palette.ask(CLASSES, place)
    assert palette.parentWidget().rect().contains(palette.geometry())


def test_a_refused_name_can_be_mended(palette):
    palette.ask(CLASSES, QPoint(50, 50))
    QTest.keyClicks(palette.line, "x")
    palette.refuse("No.")
    assert palette.is_open
    QTest.keyClicks(palette.line, "y")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.heard == ["xy"]


def test_a_name_is_plain_text(palette):
    palette.ask((LabelClass(1, "<b>bold</b>", "#e69f00"),), QPoint(50, 50))
    assert names(palette) == ["<b>bold</b>"]
