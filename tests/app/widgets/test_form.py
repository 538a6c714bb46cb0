"""The form: every field of a recipe can be seen, changed, refused and put back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QToolButton, QWidget

from app.widgets.editors import editor_for
from app.widgets.field import Field, in_words, number_in_words, part
from app.widgets.form import Form
from app.widgets.number_box import NumberBox
from app.widgets.recipe import FIELDS
from model.records import Architecture, TrainSettings, settings_with_options
from model.records.settings import Option
from tests.app.widgets.typing_in import enter

RECIPE = TrainSettings("fast", Architecture("resnet18", 128, short_side=320, long_side=320))
BY_NAME = {field.name: field for field in FIELDS}
RANGED = [field for field in FIELDS if not field.option.choices and field.kind is not bool]


class Owner:
    """Takes what the form asks, and shows it, as TrainingWork's plan is shown."""

    def __init__(self, form: Form, value: TrainSettings) -> None:
        self.form, self.value, self.asked = form, value, 0
        form.changed.connect(self.take)
        form.set_value(value, RECIPE)

    def take(self, value: TrainSettings) -> None:
        self.value = value
        self.asked += 1
        self.form.set_value(value, RECIPE)


@pytest.fixture
def form(qtbot):
    form = Form(FIELDS)
    qtbot.addWidget(form)
    form.resize(700, 900)
    form.show()
    return form


@pytest.fixture
def owner(form):
    return Owner(form, RECIPE)


def row(form: Form, name: str) -> Any:
    return form._rows[name]


def box(form: Form, name: str, kind: type[QWidget] = NumberBox) -> Any:
    return row(form, name).editor.findChild(kind)


def wrong(form: Form, name: str) -> str:
    label = row(form, name)._wrong
    return label.text() if not label.isHidden() else ""


def type_in(form: Form, field: Field, value: Any) -> None:
    """As a person does, by keys: into each box that the field has."""
    if field.kind == tuple[float, ...]:
        enter(box(form, field.name, QLineEdit), ", ".join(map(str, value)))
        return
    if field.kind == float | None:
        switch = box(form, field.name, QCheckBox)
        if not switch.isChecked():
            switch.click()
    boxes = row(form, field.name).editor.findChildren(NumberBox)
    for each, number in zip(boxes, value if isinstance(value, tuple) else (value,), strict=True):
        enter(each, number_in_words(number))


def test_every_setting_has_a_field():
    assert {setting.name for setting in settings_with_options()} <= set(BY_NAME)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_says_what_it_is(form, owner, field):
    editor = row(form, field.name).editor
    widget = editor.focusProxy()
    assert widget.accessibleName().startswith(field.option.title)
    assert widget.accessibleDescription() == field.option.help
    assert field.option.help.endswith(".")
    assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("field", RANGED, ids=lambda field: field.name)
def test_every_number_can_be_given_its_limits(form, owner, field):
    for limit in (field.option.low, field.option.high):
        value = {tuple[float, float]: (limit, limit), tuple[float, ...]: (limit,)}.get(field.kind, limit)
        type_in(form, field, int(value) if field.kind is int else value)
        assert part(owner.value, field.name) == pytest.approx(value)
        assert wrong(form, field.name) == ""


@pytest.mark.parametrize("field", RANGED, ids=lambda field: field.name)
def test_every_number_refuses_what_is_beyond_its_limits(form, owner, field):
    before = owner.value
    beyond = field.option.high * 2
    text = number_in_words(int(beyond) if field.kind is int else beyond)
    if field.kind == tuple[float, ...]:
        enter(box(form, field.name, QLineEdit), text)
    else:
        if field.kind == float | None:
            box(form, field.name, QCheckBox).click()
            before = owner.value
        enter(box(form, field.name), text)
    assert field.option.range_in_words in wrong(form, field.name)
    assert wrong(form, field.name).startswith(f"“{text}” is not taken: ")
    assert owner.value == before


def test_what_was_refused_is_over_with_the_next_search(form, owner):
    enter(box(form, "mosaic"), "50")
    assert wrong(form, "mosaic")
    form.show_only({"mosaic", "epochs"})
    assert wrong(form, "mosaic") == ""


@pytest.mark.parametrize("field", [f for f in FIELDS if f.option.choices], ids=lambda field: field.name)
def test_every_choice_can_be_made(form, owner, field):
    combo = box(form, field.name, QComboBox)
    assert [combo.itemData(n) for n in range(combo.count())] == list(field.option.choices)
    for number, choice in enumerate(field.option.choices):
        combo.setCurrentIndex(number)
        combo.activated.emit(number)
        assert part(owner.value, field.name) == choice
        assert combo.currentText() == in_words(field, choice)


def test_a_switch_is_told_as_true_and_false(form, owner):
    switch = box(form, "tensorboard", QCheckBox)
    switch.click()
    assert owner.value.tensorboard is True
    switch.click()
    assert owner.value == RECIPE


def test_a_number_that_may_be_left_out_is_none_while_it_is_off(form, owner):
    switch, number = box(form, "minutes", QCheckBox), box(form, "minutes")
    assert not number.isEnabled()
    switch.click()
    assert owner.value.minutes == 10.0
    assert number.isEnabled()
    enter(number, "2,5")
    switch.click()
    assert owner.value.minutes is None
    switch.click()
    assert owner.value.minutes == 2.5  # what it was


def test_a_change_is_asked_for_once_and_the_same_value_never(form, owner):
    enter(box(form, "epochs"), "12")
    enter(box(form, "epochs"), "12")
    assert owner.asked == 1
    assert owner.value == replace(RECIPE, epochs=12)


def test_showing_a_value_asks_for_nothing(form, owner):
    form.set_value(replace(RECIPE, epochs=7, optimizer="sgd", minutes=3.0, milestones=(0.5,)), RECIPE)
    assert owner.asked == 0
    assert box(form, "epochs").text() == "7"
    assert box(form, "milestones", QLineEdit).text() == "0.5"


def test_what_its_owner_does_not_take_is_not_shown(form):
    form.set_value(RECIPE, RECIPE)
    enter(box(form, "epochs"), "12")
    assert box(form, "epochs").text() == "30"


def test_what_differs_is_marked_and_can_be_put_back(qtbot, form, owner):
    enter(box(form, "learning_rate"), "1e-3")
    enter(box(form, "architecture.channels"), "256")
    assert [field.name for field in form.differing()] == ["learning_rate", "architecture.channels"]
    back = row(form, "learning_rate").findChild(QToolButton)
    assert back.isVisible()
    assert back.toolTip() == "Back to 0.0001"
    assert row(form, "learning_rate")._title.font().bold()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert owner.value.learning_rate == RECIPE.learning_rate
    assert not back.isVisible()
    assert not row(form, "learning_rate")._title.font().bold()
    form.put_back()
    assert owner.value == RECIPE
    assert form.differing() == ()


def test_the_keyboard_stays_in_the_row_that_is_put_back(qtbot, form, owner):
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow, timeout=5000)
    enter(box(form, "epochs"), "12")
    back = row(form, "epochs").findChild(QToolButton)
    back.setFocus()
    qtbot.keyClick(back, Qt.Key.Key_Space)
    qtbot.waitUntil(box(form, "epochs").hasFocus, timeout=5000)


def test_a_contradiction_stands_at_the_fields_it_names(form, owner):
    assert form.set_flaw("scale_jitter is (1.5, 0.8); the lower factor comes first")
    assert wrong(form, "scale_jitter") == "scale_jitter is (1.5, 0.8); the lower factor comes first."
    assert wrong(form, "flip") == ""
    assert form.set_flaw("patience is 5; set validation_share above 0, or crop nothing")
    assert wrong(form, "patience")
    assert wrong(form, "validation_share")
    assert (wrong(form, "crop"), wrong(form, "scale_jitter")) == ("", "")  # a word may be a name by chance
    assert not form.set_flaw("there is no such folder")
    assert form.set_flaw("") is False
    assert wrong(form, "patience") == ""


def test_only_what_is_asked_for_is_shown_and_no_heading_without_rows(form, owner):
    form.show_only({"mosaic"})
    assert [name for name, each in form._rows.items() if each.isVisible()] == ["mosaic"]
    assert [group for group, each in form._headings.items() if each.isVisible()] == ["Augmentation"]


def test_choices_that_are_not_to_be_had_are_off(form, owner):
    form.offer("device", ("auto", "cpu"))
    rows = box(form, "device", QComboBox).model()
    assert [rows.item(n).isEnabled() for n in range(4)] == [True, True, False, False]


def test_a_type_without_an_editor_is_told(qtbot):
    with pytest.raises(TypeError, match="no editor for <class 'bytes'>"):
        editor_for(Field("a", bytes, Option("G", "A", "A."), b""))
