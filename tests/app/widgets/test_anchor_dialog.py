"""The dialog that fits anchors: what it shows while it works and after, and what its buttons do to the plan."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.widgets.anchor_dialog import BOXES, FITTED, RECIPES, AnchorDialog
from app.work.anchors import AnchorWork
from app.work.job import stop_all
from model.records import TrainSettings
from model.records.anchors import AnchorFit, AnchorRecall, ClassRecall
from tests.app.panels.fakes import FAST, make_context

SIZES, RATIOS = (20, 40, 80, 160, 320), (0.7, 1.0, 1.43)
BEFORE, AFTER = AnchorRecall(200, 150, 0.6123), AnchorRecall(200, 190, 0.7)


def fit_of(settings: TrainSettings, is_better: bool = True) -> AnchorFit:
    before = settings.architecture
    after = replace(before, anchor_sizes=SIZES, anchor_ratios=RATIOS) if is_better else before
    return AnchorFit(
        settings.preset, before, after, BEFORE, AFTER if is_better else BEFORE,
        (ClassRecall("bolt", BEFORE, AFTER),), ((10.0, 20.0), (30.0, 15.0)), ((16.0, 16.0),), ((20.0, 20.0),),
        "A note.",
    )  # fmt: skip


class Fitting:
    """Waits until it may go on, then says what a test wants said."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.is_better = True
        self.error: Exception | None = None
        self.asked: list[tuple[Path, TrainSettings]] = []

    def __call__(self, folder: Path, settings: TrainSettings) -> Iterator[AnchorFit]:
        self.asked.append((folder, settings))
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        yield fit_of(settings, self.is_better)


@pytest.fixture
def fitting() -> Fitting:
    return Fitting()


@pytest.fixture
def context(qtbot, tmp_path, fitting):
    context = make_context(tmp_path)
    context.training.presets = lambda: (FAST,)
    context.anchors = AnchorWork(context.document, context.training, fit=fitting)
    yield context
    fitting.go.set()
    assert stop_all(5)


@pytest.fixture
def dialog(qtbot, context):
    dialog = AnchorDialog(context)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def fitted(qtbot, context, fitting) -> None:
    with qtbot.waitSignal(context.anchors.found, timeout=5000):
        fitting.go.set()


def texts(dialog: AnchorDialog) -> list[str]:
    return [label.text() for label in dialog._table.findChildren(QLabel)]


def test_it_works_on_a_thread_and_shows_that_it_does(qtbot, context, fitting, dialog):
    assert dialog._bar.isVisible()
    assert dialog._close.text() == "Cancel"
    assert not dialog._use.isVisible()
    assert not dialog._table.isVisible()
    fitted(qtbot, context, fitting)
    assert not dialog._bar.isVisible()
    assert fitting.asked == [(context.document.folder, context.training.plan)]


def test_it_shows_the_boxes_with_an_anchor_before_and_after(qtbot, context, fitting, dialog):
    fitted(qtbot, context, fitting)
    shown = texts(dialog)
    row_before, row_after = shown[5:11], shown[11:17]
    assert row_before == ["Recipe's", "75.0 %", "50", "0.612", "32, 64, 128, 256, 512", "0.5, 1, 2"]
    assert row_after == ["Fitted", "95.0 %", "10", "0.700", "20, 40, 80, 160, 320", "0.7, 1, 1.43"]
    assert "bolt: 75.0 % before, 95.0 % after (200)" in dialog._table.toolTip()
    assert dialog._note.text() == "A note."
    assert dialog._chart.isVisible()
    assert dialog._chart.shapes(BOXES) == ((10.0, 20.0), (30.0, 15.0))
    assert dialog._chart.shapes(RECIPES) == ((16.0, 16.0),)
    assert dialog._chart.shapes(FITTED) == ((20.0, 20.0),)


def test_use_these_plans_to_train_with_them(qtbot, context, fitting, dialog):
    fitted(qtbot, context, fitting)
    assert not context.anchors.is_fitted
    qtbot.mouseClick(dialog._use, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert context.anchors.is_fitted
    wanted = replace(FAST.architecture, anchor_sizes=SIZES, anchor_ratios=RATIOS)
    assert context.training.plan == replace(FAST, architecture=wanted)


def test_enter_uses_them(qtbot, context, fitting, dialog):
    fitted(qtbot, context, fitting)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert context.anchors.is_fitted


def test_keep_the_recipes_takes_earlier_ones_back(qtbot, context, fitting, dialog):
    context.anchors.use(fit_of(FAST))
    fitted(qtbot, context, fitting)
    qtbot.mouseClick(dialog._keep, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert context.training.plan == FAST


def test_a_second_fit_is_compared_with_the_recipes_anchors(qtbot, context, fitting):
    context.anchors.use(fit_of(FAST))
    fitting.go.set()
    with qtbot.waitSignal(context.anchors.found, timeout=5000):
        context.anchors.start()
    assert fitting.asked[0][1] == FAST


def test_escape_changes_nothing_and_cancels(qtbot, context, fitting, dialog):
    heard: list[object] = []
    context.anchors.found.connect(heard.append)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert not context.anchors.is_running
    fitting.go.set()
    assert stop_all(5)
    qtbot.wait(20)
    assert heard == []
    assert context.training.plan == FAST


def test_where_nothing_better_was_found_there_is_nothing_to_choose(qtbot, context, fitting, dialog):
    fitting.is_better = False
    fitted(qtbot, context, fitting)
    assert not dialog._use.isVisible()
    assert not dialog._keep.isVisible()
    assert dialog._close.text() == "Close"
    assert "Fitted" not in texts(dialog)
    assert dialog._chart.shapes(FITTED) == ()


def test_a_reason_is_shown_where_it_cannot_be_done(qtbot, context, fitting, dialog):
    fitting.error = ValueError("There is nothing to learn from yet.")
    with qtbot.waitSignal(context.anchors.failed, timeout=5000):
        fitting.go.set()
    assert dialog._state.text() == "There is nothing to learn from yet."
    assert not dialog._bar.isVisible()
    assert not dialog._use.isVisible()
    assert dialog._close.text() == "Close"


def test_what_a_picture_shows_follows_the_theme(qtbot, context, fitting, dialog):
    fitted(qtbot, context, fitting)
    dark = dialog.palette()
    dark.setColor(dark.ColorRole.Base, Qt.GlobalColor.black)
    dialog.setPalette(dark)
    assert dialog._chart._plot.backgroundBrush().color() == Qt.GlobalColor.black
