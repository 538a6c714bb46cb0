"""Classes that few images have are told beside the plan, and one click repeats them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.document import edits
from app.panels.plan_balance import PlanBalance
from app.panels.training_plan import TrainingPlan

NUT = 2


@pytest.fixture
def plan(qtbot, shell):
    """Of a folder with 24 images: bolts on all, nuts on two."""
    images = shell.open(images=24)
    for image in images:
        shell.draw(image, (5, 5))
    for image in images[:2]:
        shell.draw(image, (50, 5), label=NUT)
    plan = TrainingPlan(shell.context)
    qtbot.addWidget(plan)
    plan.show()
    return plan


@pytest.fixture
def balance(plan) -> PlanBalance:
    return plan.findChild(PlanBalance)


def said(balance: PlanBalance) -> str:
    return balance._words.text() if balance.isVisible() else ""


def press(qtbot, balance: PlanBalance) -> None:
    qtbot.mouseClick(balance.findChild(QPushButton), Qt.MouseButton.LeftButton)


def test_one_click_repeats_a_rare_class(qtbot, shell, plan, balance):
    # sqrt(0.33 / (2 / 24)) = 2.0
    assert (
        said(balance)
        == "nut is on 2 of 24 images. “Repeat rare classes” at 0.33 shows them 2 times as often."
    )
    press(qtbot, balance)
    assert shell.context.training.plan.repeat_rare == 0.33
    assert said(balance) == "Images of rare classes are shown more often: nut 2.0 times."
    assert balance._button.isHidden()
    press(qtbot, plan._changed)  # "Changed: Repeat rare classes. Put back"
    assert shell.context.training.plan.repeat_rare == 0
    assert said(balance).startswith("nut is on 2 of 24 images.")
    assert balance._button.isVisible()


def test_nothing_is_said_once_the_class_is_no_longer_rare(qtbot, shell, balance):
    for image in range(3, 6):
        shell.draw(image, (50, 5), label=NUT)
    qtbot.waitUntil(lambda: said(balance) == "")


def test_areas_to_ignore_are_not_counted(qtbot, shell, balance):
    document = shell.context.document
    nut = next(box for box in shell.boxes(1) if box.label == NUT)
    document.apply(edits.set_mark(1, document.labels(1), frozenset({nut.uid}), "ignore", True))
    qtbot.waitUntil(lambda: said(balance).startswith("nut is on 1 of 24 images."))


def test_without_a_folder_nothing_is_said(qtbot, shell, balance):
    shell.context.document.close()
    assert said(balance) == ""


def test_the_keyboard_goes_on_to_the_settings_when_the_button_goes(qtbot, shell, plan, balance):
    plan.activateWindow()
    balance._button.setFocus()
    qtbot.waitUntil(balance._button.hasFocus)
    qtbot.keyClick(balance._button, Qt.Key.Key_Space)
    assert plan._all.hasFocus()
