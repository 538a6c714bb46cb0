"""The toolbar: what gives way where it is narrow, and what its one button does while a run goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.work.training import Phase, Run
from model.records import EpochEnded, Metrics, Progress, TrainEvent


@pytest.fixture
def light(qapp: QApplication, shell) -> Iterator[None]:
    palette, sheet, style = qapp.palette(), qapp.styleSheet(), qapp.style().objectName()
    shell.context.settings.theme = "light"
    applied = theme.apply(shell.context.settings)
    yield
    applied.deleteLater()
    qapp.setStyle(style)
    qapp.setPalette(palette)
    qapp.setStyleSheet(sheet)


def measure(shell, *values: float) -> None:
    for epoch, ap in enumerate(values):
        ended = EpochEnded(epoch, 30, (), Metrics(3, ap, ap, ap, ap), 1e-4, 20.0, 9.0)
        shell.context.training.history.add(ended)
        shell.context.training.epoch_ended.emit(ended)


@pytest.mark.parametrize("width", [820, 900, 1000, 1024, 1100])
def test_train_is_whole_at_any_width_with_ap_shown(qtbot, light, shell, window, width):
    shell.open(images=1200)
    window.resize(width, 700)
    measure(shell, 0.39, 0.44)
    qtbot.waitUntil(lambda: window.tool_bar.width() == width)
    QApplication.processEvents()
    bar, train = window.tool_bar, window.tool_bar._train
    assert bar._ap.text() == "AP 0.44  ▲ 0.05"
    assert train.isVisible()
    assert bar.rect().contains(train.geometry())
    assert train.width() >= train.sizeHint().width()


def test_ap_is_cut_between_its_numbers_never_within_one(qtbot, light, shell, window):
    shell.open(images=3)
    measure(shell, 0.39, 0.44)
    label = window.tool_bar._ap
    wide = label.sizeHint().width()
    seen = []
    for width in range(wide, 0, -1):
        label.resize(width, 30)
        if label.shown_text() not in seen:
            seen.append(label.shown_text())
    assert seen == ["AP 0.44  ▲ 0.05", "AP 0.44", ""]


def test_words_beside_the_icons_come_back_with_the_room(qtbot, light, shell, window):
    shell.open()
    button = window.tool_bar.widgetForAction(window.table["labels.done"])
    wide = button.sizeHint().width()
    window.resize(820, 700)
    qtbot.waitUntil(lambda: window.tool_bar.width() == 820)
    assert button.sizeHint().width() < wide
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: window.tool_bar.width() == 1200)
    assert button.sizeHint().width() == wide


def labelled(shell) -> None:
    for image in shell.open():
        shell.draw(image, (5, 5))


def downloading_run(run: Run) -> Iterator[TrainEvent]:
    while True:
        time.sleep(0.002)
        yield Progress(34, 137, "Downloading")


def test_pause_is_off_while_weights_are_downloaded(qtbot, shell, window, monkeypatch):
    training, button = shell.context.training, window.tool_bar._train
    monkeypatch.setattr(training, "_make", downloading_run)
    labelled(shell)
    window.table.refresh()
    assert button.isEnabled()
    training.start()
    qtbot.waitUntil(lambda: training.phase is Phase.FETCHING, timeout=5000)
    window.table.refresh()
    assert button.text() == "Pause"
    assert not button.isEnabled()
    training.stop()
    qtbot.waitUntil(lambda: not training.is_running, timeout=5000)
    window.table.refresh()
    assert (button.text(), button.isEnabled()) == ("Train", True)


def test_pause_is_on_while_training_goes_on(shell, window):
    labelled(shell)
    shell.context.training.start()
    window.table.refresh()
    assert window.tool_bar._train.isEnabled()
    shell.context.training.pause()
    window.table.refresh()
    assert (window.tool_bar._train.text(), window.tool_bar._train.isEnabled()) == ("Go on", True)
