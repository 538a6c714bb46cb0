"""The keyboard belongs to the picture again when what had it goes away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.panels.training import TrainingPanel

FIELDS: dict[str, Callable[[TrainingPanel], QWidget]] = {
    "train": lambda panel: panel._train,
    "recipe": lambda panel: panel._plan._preset,
    "length": lambda panel: panel._plan._epochs,
}


@pytest.fixture
def panel(qtbot, shell, window) -> TrainingPanel:
    for image in shell.open():
        shell.draw(image, (5, 5))
    panel = window.docks.panel("training")
    qtbot.waitUntil(panel._train.isVisible, timeout=5000)
    return panel


@pytest.mark.parametrize("name", FIELDS)
def test_training_gives_the_keyboard_to_the_picture(shell, window, panel, name):
    field = FIELDS[name](panel)
    field.setFocus()
    assert field.hasFocus()
    shell.context.training.start()
    assert not field.isVisible()
    assert shell.canvas.hasFocus()


def test_so_does_stopping(qtbot, shell, window, panel):
    shell.context.training.start()
    panel._stop.setFocus()
    assert panel._stop.hasFocus()
    qtbot.keyClick(panel._stop, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not shell.context.training.is_running, timeout=5000)
    assert shell.canvas.hasFocus()


def test_a_floating_panel_gives_it_to_the_window(qtbot, shell, window, panel):
    window.docks["training"].setFloating(True)
    window.docks["training"].activateWindow()
    panel._plan._epochs.setFocus()
    qtbot.waitUntil(panel._plan._epochs.hasFocus, timeout=5000)
    shell.context.training.start()
    qtbot.waitUntil(shell.canvas.hasFocus, timeout=5000)


def test_what_stays_keeps_the_keyboard(shell, window, panel):
    search = window.docks.panel("images").search
    search.setFocus()
    shell.context.training.start()
    assert search.hasFocus()
