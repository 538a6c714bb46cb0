"""All settings in one window: found, changed at once, and gone without a trace."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QComboBox

from app.widgets.number_box import NumberBox
from app.widgets.recipe import BACKBONE, FIELDS
from app.widgets.recipe_dialog import ALL, CHANGED, GROUPS, RecipeDialog, matching
from tests.app.panels.fakes import FAST, PAPER
from tests.app.widgets.typing_in import enter


@pytest.fixture
def dialog(qtbot, work_context):
    dialog = RecipeDialog(work_context)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def shown(dialog: RecipeDialog) -> list[str]:
    return [name for name, row in dialog._form._rows.items() if row.isVisible()]


def number(dialog: RecipeDialog, name: str) -> NumberBox:
    box = dialog._form._rows[name].editor.findChild(NumberBox)
    assert isinstance(box, NumberBox)
    return box


def choose(dialog: RecipeDialog, name: str, value: str) -> None:
    combo = dialog._form._rows[name].editor.findChild(QComboBox)
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_every_group_has_its_place_and_picture():
    assert list(GROUPS) == list(dict.fromkeys(field.option.group for field in FIELDS))


def test_a_setting_is_found_by_title_name_help_and_choice(qtbot, dialog):
    assert matching("mosaic") == {"mosaic"}
    assert matching("Copy-paste") == matching("copy_paste") == {"copy_paste"}
    assert "optimizer" in matching("adamw")
    assert matching("out of focus") == {"blur"}
    assert matching("") == {field.name for field in FIELDS}
    qtbot.keyClicks(dialog._search, "mosaic")
    assert shown(dialog) == ["mosaic"]


def test_what_is_looked_for_may_stand_in_any_group(qtbot, dialog):
    dialog._groups.choose("Data")
    assert shown(dialog) == ["validation_share", "difficult", "repeat_rare", "rejected_weight"]
    qtbot.keyClicks(dialog._search, "mosaic")
    assert shown(dialog) == ["mosaic"]
    assert dialog._groups.choice() == ALL


def test_nothing_found_is_said(qtbot, dialog):
    qtbot.keyClicks(dialog._search, "yolo")
    assert shown(dialog) == []
    assert dialog._nothing.isVisible()
    assert dialog._nothing.text() == "No setting is about “yolo”."


def test_escape_empties_the_search_first_and_closes_then(qtbot, dialog):
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=5000)
    dialog._find()
    qtbot.keyClicks(dialog._search, "mosaic")
    qtbot.keyClick(dialog._search, Qt.Key.Key_Escape)
    assert dialog._search.text() == ""
    assert dialog.isVisible()
    qtbot.keyClick(dialog._search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_change_reaches_the_plan_at_once_and_only_once(dialog, work_context, monkeypatch):
    plans = []
    choose_plan = work_context.training.choose
    monkeypatch.setattr(work_context.training, "choose", lambda plan: (plans.append(plan), choose_plan(plan)))
    enter(number(dialog, "learning_rate"), "1e-3")
    assert plans == [replace(FAST, learning_rate=1e-3)]
    assert work_context.training.plan == plans[0]


def test_what_is_chosen_elsewhere_is_shown(dialog, work_context):
    work_context.training.choose(replace(PAPER, epochs=3))
    assert number(dialog, "epochs").value() == 3
    assert dialog.windowTitle() == "Settings of “Paper”"
    assert dialog._about.text() == "Paper, 1 setting changed"


def test_the_changed_ones_can_be_seen_alone_and_be_put_back(qtbot, dialog, work_context):
    assert not dialog._put_back.isEnabled()
    dialog._groups.choose(CHANGED)
    assert dialog._nothing.text() == "Every setting is as the recipe has it."
    work_context.training.choose(replace(FAST, epochs=3, mosaic=0.5, device="cpu"))
    dialog._groups.choose(ALL)
    dialog._groups.choose(CHANGED)
    assert shown(dialog) == ["epochs", "mosaic", "device"]
    qtbot.mouseClick(dialog._put_back, Qt.MouseButton.LeftButton)
    assert work_context.training.plan == FAST
    assert shown(dialog) == ["epochs", "mosaic", "device"]  # nothing jumps under the hand


def test_a_contradiction_is_seen_before_training(dialog, work_context):
    low, _ = dialog._form._rows["scale_jitter"].editor.findChildren(NumberBox)
    enter(low, "2")
    wrong = dialog._form._rows["scale_jitter"]._wrong
    assert wrong.isVisible()
    assert "the lower factor comes first" in wrong.text()
    enter(low, "0.5")
    assert not wrong.isVisible()


def test_a_flaw_of_no_field_is_said_below(dialog, work_context, monkeypatch):
    monkeypatch.setattr(work_context.training, "flaw", lambda: "The folder is gone.")
    work_context.training.state_changed.emit()
    assert dialog._flaw.isVisible()
    assert dialog._flaw.text() == "The folder is gone."


def test_another_backbone_says_what_it_starts_from(dialog, work_context):
    choose(dialog, BACKBONE, "mobilenet_v3_large")
    plan = work_context.training.plan
    assert (plan.architecture.backbone, plan.weights) == ("mobilenet_v3_large", "imagenet")
    assert dialog._note.text().startswith("With MobileNetV3-Large it starts from other weights: ")
    enter(number(dialog, "epochs"), "9")
    assert dialog._note.text()  # it is still so
    choose(dialog, BACKBONE, "resnet18")
    assert work_context.training.plan == replace(FAST, epochs=9)


def test_only_the_machines_devices_can_be_chosen(dialog, work_context):
    rows = dialog._form._rows["device"].editor.findChild(QComboBox).model()
    assert [rows.item(n).isEnabled() for n in range(4)] == [True, True, False, False]
    work_context.training.on_devices_known(("cpu", "cuda"))
    assert [rows.item(n).isEnabled() for n in range(4)] == [True, True, True, False]


def test_while_a_run_goes_on_the_settings_are_the_next_ones(qtbot, dialog, work_context):
    assert not dialog._running.isVisible()
    work_context.training.start()
    assert dialog._running.isVisible()
    work_context.training.stop()
    qtbot.waitUntil(lambda: not work_context.training.is_running, timeout=5000)
    assert not dialog._running.isVisible()


def test_tab_goes_through_every_field_in_view_and_to_close(qtbot, dialog):
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=5000)
    dialog._groups.choose("Machine")
    dialog._form._rows["device"].editor.setFocus()
    passed = []
    for _ in range(4):
        passed.append(dialog.focusWidget().accessibleName())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert passed == ["Device", "Precision", "Seed", "TensorBoard"]
    assert dialog.focusWidget() is dialog._close


def test_enter_in_a_field_presses_no_button(qtbot, dialog, work_context):
    enter(number(dialog, "epochs"), "5")
    assert dialog.isVisible()
    assert work_context.training.plan.epochs == 5


def test_closed_it_is_gone_and_the_plan_goes_on_without_it(qtbot, work_context):
    dialog = RecipeDialog(work_context)
    dialog.show()
    dialog.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(dialog)
    work_context.training.choose(replace(FAST, epochs=4))  # nobody is told who is not there
    assert work_context.training.plan.epochs == 4
