"""The number box: what may be typed, what is refused and how, and how far its arrows go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.widgets.number_box import NumberBox, in_series
from model.records.settings import Option
from tests.app.widgets.typing_in import enter

RATE = Option("G", "Rate", "How far.", low=0.0, high=1.0)
EPOCHS = Option("G", "Epochs", "How often.", low=1, high=100_000)


@pytest.fixture
def page(qtbot):
    """A window with another field, for the focus to go to."""
    page = QWidget()
    QVBoxLayout(page).addWidget(QLineEdit(page))
    qtbot.addWidget(page)
    return page


def make(page: QWidget, option: Option, usual: float, **more) -> tuple[NumberBox, list[float], list[str]]:
    box = NumberBox(option, usual, parent=page, **more)
    page.layout().addWidget(box)
    page.show()
    committed: list[float] = []
    refused: list[str] = []
    box.committed.connect(committed.append)
    box.refused.connect(refused.append)
    return box, committed, refused


def leave(qtbot, page: QWidget) -> None:
    other = page.findChild(QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=5000)
    other.setFocus()


def test_what_is_typed_is_told_once(page):
    box, committed, refused = make(page, RATE, 0.0005)
    enter(box, "1e-4")
    enter(box, "0,0001")  # the same
    assert committed == [1e-4]
    assert box.text() == "0.0001"
    assert refused == []


def test_showing_a_value_tells_nothing(page):
    box, committed, _ = make(page, RATE, 0.0005)
    box.set_value(0.25)
    assert (box.value(), box.text(), committed) == (0.25, "0.25", [])


def test_a_value_with_more_digits_than_are_shown_stays_what_it_is(qtbot, page):
    box, committed, _ = make(page, RATE, 2 / 3)
    enter(box, box.text())
    assert committed == []
    assert box.value() == 2 / 3


@pytest.mark.parametrize(
    ("option", "whole", "text", "why"),
    [(RATE, False, "2", "it must be from 0 to 1"), (RATE, False, "-0.1", "it must be from 0 to 1"),
     (RATE, False, "nan", "it must be from 0 to 1"),
     (RATE, False, "much", "it must be a number, such as 0.0001 or 1e-4"),
     (EPOCHS, True, "0", "it must be from 1 to 100000"), (EPOCHS, True, "2.5", "it must be a whole number")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason_and_goes_with_the_focus(
    qtbot, page, option, whole, text, why
):
    box, committed, refused = make(page, option, 1 if whole else 0.5, whole=whole)
    before = box.text()
    box.setFocus()
    enter(box, text)
    assert refused == [f"“{text}” is not taken: {why}."]
    assert (committed, box.text()) == ([], text)  # to be mended
    leave(qtbot, page)
    qtbot.waitUntil(lambda: box.text() == before, timeout=5000)
    assert committed == []


def test_a_refusal_is_taken_back_by_what_can_be(page):
    box, committed, refused = make(page, RATE, 0.5)
    enter(box, "2")
    enter(box, "0.2")
    assert committed == [0.2]
    assert refused[-1] == ""


def test_escape_brings_the_value_back(qtbot, page):
    box, committed, _ = make(page, RATE, 0.5)
    box.selectAll()
    qtbot.keyClicks(box, "0.7")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert (box.text(), committed) == ("0.5", [])


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(1e-4, 2e-4, 5e-5), (5e-4, 1e-3, 2e-4), (3e-4, 5e-4, 2e-4), (1.0, 2.0, 0.5), (10.0, 20.0, 5.0)],
)  # fmt: skip
def test_the_series_goes_1_2_5_10(value, up, down):
    assert (in_series(value, 1), in_series(value, -1)) == (up, down)


@pytest.mark.parametrize(
    ("usual", "option", "whole", "step", "up", "down"),
    [
        (1e-4, RATE, False, 0.0, 2e-4, 5e-5),  # far below its range's end: by the series
        (0.998, RATE, False, 0.0, 0.999, 0.995),  # a decay: by its distance from one
        (0.5, RATE, False, 0.0, 0.55, 0.45),
        (30.0, Option("G", "Angle", "", low=0, high=180), False, 0.0, 31.0, 29.0),
        (30, EPOCHS, True, 0.0, 31, 29),
        (320, Option("G", "Side", "", low=64, high=4096), True, 32.0, 352, 288),
    ],
)
def test_a_step_is_what_makes_sense_for_the_number(page, usual, option, whole, step, up, down):
    box, committed, _ = make(page, option, usual, whole=whole, step=step)
    box.stepUp()
    box.set_value(usual)
    box.stepDown()
    assert committed == [up, down]
    assert isinstance(committed[0], int) is whole


def test_steps_end_at_the_range(page):
    box, committed, _ = make(page, RATE, 0.98)
    box.stepUp()
    box.stepUp()
    assert committed == [1.0]
    box.set_value(0.0)
    box.stepDown()
    assert committed == [1.0]


def test_from_nothing_a_rate_steps_to_what_is_usual(page):
    box, committed, _ = make(page, RATE, 1e-4)
    box.set_value(0.0)
    box.stepUp()
    assert committed == [1e-4]
