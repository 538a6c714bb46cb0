"""The small form's recipe: what is one's own in it, what is left behind with it, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.panels.training_plan import TrainingPlan
from app.widgets.recipe_dialog import RecipeDialog
from tests.app.panels.fakes import FAST, PAPER
from tests.app.widgets.typing_in import enter


@pytest.fixture
def plan(qtbot, work_context):
    plan = TrainingPlan(work_context)
    qtbot.addWidget(plan)
    plan.resize(260, 500)
    plan.show()
    return plan


def choose_recipe(plan: TrainingPlan, row: int) -> None:
    plan._preset.setCurrentIndex(row)
    plan._preset.activated.emit(row)


def press(qtbot, offer) -> None:
    qtbot.mouseClick(offer.findChild(QPushButton), Qt.MouseButton.LeftButton)


def said(offer) -> str:
    return offer._words.text() if offer.isVisible() else ""


def test_a_changed_recipe_says_so_and_can_be_put_back(qtbot, plan, work_context):
    assert (plan._preset.currentText(), said(plan._changed)) == ("Fast", "")
    enter(plan._epochs, "7")
    assert plan._preset.currentText() == "Fast, changed"
    assert said(plan._changed) == "Changed: Epochs."
    press(qtbot, plan._changed)
    assert work_context.training.plan == FAST
    assert (plan._preset.currentText(), said(plan._changed)) == ("Fast", "")
    assert said(plan._left) == "Put back: Epochs."
    press(qtbot, plan._left)
    assert work_context.training.plan == replace(FAST, epochs=7)
    assert said(plan._left) == ""


def test_the_device_is_no_change_of_the_recipe_and_stays_with_another(plan, work_context):
    work_context.training.choose(replace(FAST, device="cpu", seed=5))
    assert plan._preset.currentText() == "Fast"
    choose_recipe(plan, 1)
    assert work_context.training.plan == replace(PAPER, device="cpu", seed=5)
    assert said(plan._left) == ""


def test_what_was_changed_is_left_behind_with_its_recipe_and_comes_back_with_it(qtbot, plan, work_context):
    mine = replace(FAST, epochs=7, mosaic=0.5, weights="none")
    work_context.training.choose(mine)
    choose_recipe(plan, 1)
    assert work_context.training.plan == PAPER
    assert said(plan._left) == "Left behind with “Fast”: Epochs, Mosaic, Start from."
    press(qtbot, plan._left)
    assert work_context.training.plan == mine
    assert said(plan._left) == ""  # nothing of Paper was changed


def test_going_back_loses_nothing_either(qtbot, plan, work_context):
    work_context.training.choose(replace(FAST, epochs=7))
    choose_recipe(plan, 1)
    enter(plan._epochs, "3")
    press(qtbot, plan._left)
    assert work_context.training.plan == replace(FAST, epochs=7)
    assert said(plan._left) == "Left behind with “Paper”: Epochs."
    press(qtbot, plan._left)
    assert work_context.training.plan == replace(PAPER, epochs=3)


def test_looking_through_the_recipes_keeps_the_way_back(qtbot, plan, work_context):
    mine = replace(FAST, epochs=7)
    work_context.training.choose(mine)
    choose_recipe(plan, 1)
    choose_recipe(plan, 0)  # as it is
    assert work_context.training.plan == FAST
    assert said(plan._left) == "Put back: Epochs."
    choose_recipe(plan, 1)
    assert said(plan._left) == "Left behind with “Fast”: Epochs."
    press(qtbot, plan._left)
    assert work_context.training.plan == mine
    assert said(plan._left) == ""


def test_fitted_anchors_are_left_behind_too(plan, work_context):
    work_context.training.choose(replace(FAST, architecture=replace(FAST.architecture, anchor_ratios=(1.0,))))
    choose_recipe(plan, 1)
    assert said(plan._left) == "Left behind with “Fast”: Anchors."


def test_once_a_run_has_begun_there_is_no_way_back(qtbot, plan, work_context):
    work_context.training.choose(replace(FAST, epochs=7))
    choose_recipe(plan, 1)
    work_context.training.start()
    work_context.training.stop()
    qtbot.waitUntil(lambda: not work_context.training.is_running, timeout=5000)
    assert said(plan._left) == ""


def test_another_folder_has_nothing_to_go_back_to(plan, work_context):
    work_context.training.choose(replace(FAST, epochs=7))
    choose_recipe(plan, 1)
    work_context.document.opened.emit(work_context.document.folder)
    assert said(plan._left) == ""


def test_a_length_that_cannot_be_is_refused_in_words(plan, work_context):
    enter(plan._epochs, "0")
    assert plan._wrong_length.text() == "“0” is not taken: it must be from 1 to 100000."
    assert plan._wrong_length.isVisible()
    assert work_context.training.plan == FAST
    enter(plan._epochs, "8")
    assert not plan._wrong_length.isVisible()


@pytest.mark.parametrize("minutes", [0.5, 1.5, 5000.0])
def test_showing_a_length_does_not_change_it(plan, work_context, minutes):
    work_context.training.choose(replace(FAST, minutes=minutes, epochs=50_000))
    plan.refresh()
    assert (work_context.training.plan.minutes, work_context.training.plan.epochs) == (minutes, 50_000)
    assert plan._minutes.isVisible()
    assert plan._minutes.value() == minutes


def test_a_contradiction_is_told_in_the_small_form(plan, work_context):
    work_context.training.choose(replace(FAST, scale_jitter=(2.0, 1.0)))
    assert plan._flaw.isVisible()
    assert "the lower factor comes first" in plan._flaw.text()
    work_context.training.choose(FAST)
    assert not plan._flaw.isVisible()


def test_all_settings_open_in_one_window_beside_the_work(qtbot, plan, work_context):
    qtbot.mouseClick(plan._all, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(plan._all, Qt.MouseButton.LeftButton)
    (dialog,) = plan.findChildren(RecipeDialog)
    assert dialog.isVisible()
    assert not dialog.isModal()
    dialog._form.changed.emit(replace(FAST, epochs=9))
    assert plan._epochs.value() == 9
    dialog.close()
