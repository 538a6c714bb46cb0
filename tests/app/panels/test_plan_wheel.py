"""The wheel over the plan scrolls the panel; only a field that was chosen first is turned by it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from app.panels.plan_anchors import PlanAnchors
from app.panels.plan_start import PlanStart
from app.panels.training import TrainingPanel
from app.widgets.number_box import NumberBox

NOTCH = 120  # eighths of a degree

FIELDS = {
    "recipe": lambda panel: panel._plan._preset,
    "length": lambda panel: panel._plan._epochs,
    "unit": lambda panel: panel._plan._unit,
    "device": lambda panel: panel._plan._device,
    "start": lambda panel: panel.findChild(PlanStart),
    "anchors": lambda panel: panel.findChild(PlanAnchors),
}


@pytest.fixture
def panel(qtbot, work_context):
    panel = TrainingPanel(work_context)
    qtbot.addWidget(panel)
    panel.resize(300, 160)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=5000)
    panel.setFocus()  # the first field has it else
    qtbot.waitUntil(lambda: panel.verticalScrollBar().maximum() > 0, timeout=5000)
    return panel


def turn(widget: QWidget) -> None:
    """One notch towards oneself, over the middle of a widget: as Qt, offered to the parents until one takes it."""
    centre = widget.rect().center()
    over: QWidget | None = widget
    taken = False
    while over is not None and not taken:
        event = QWheelEvent(
            QPointF(widget.mapTo(over, centre)),
            QPointF(widget.mapToGlobal(centre)),
            QPoint(),
            QPoint(0, -NOTCH),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        taken = QApplication.sendEvent(over, event) and event.isAccepted()
        over = over.parentWidget()


def value(field: QWidget) -> Any:
    assert isinstance(field, QComboBox | NumberBox)
    return field.value() if isinstance(field, NumberBox) else field.currentIndex()


@pytest.mark.parametrize("name", FIELDS)
def test_the_wheel_over_a_field_scrolls_the_panel(panel, work_context, name):
    field, plan, bar = FIELDS[name](panel), work_context.training.plan, panel.verticalScrollBar()
    assert not field.hasFocus()
    assert field.focusPolicy() == Qt.FocusPolicy.StrongFocus  # a wheel's notch gives no focus
    before, at = value(field), bar.value()
    turn(field)
    assert value(field) == before
    assert work_context.training.plan == plan
    assert bar.value() > at


def test_a_field_with_the_focus_takes_the_wheel(qtbot, panel, work_context):
    length, bar = panel._plan._epochs, panel.verticalScrollBar()
    length.setFocus()
    assert length.hasFocus()
    at, epochs = bar.value(), work_context.training.plan.epochs
    turn(length)
    assert work_context.training.plan.epochs == epochs - 1
    assert bar.value() == at
