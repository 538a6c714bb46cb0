"""The measures dialog: what it shows while a model is measured and after, and where its mistakes lead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget

from app.widgets.measures_dialog import MeasuresDialog, open_measures
from app.work.job import stop_all
from app.work.measures import Measured, MeasureWork
from model.records import (
    MEASURES,
    ClassMetrics,
    Confusion,
    Curve,
    Evaluation,
    Metrics,
    Problem,
    Progress,
    Threshold,
)
from tests.app.shell import Shell

METRICS = Metrics(
    3, 0.41, 0.72, 0.38, 0.5,
    (ClassMetrics("bolt", 12, 0.5, 0.8, 0.4, 0.6, 0.79), ClassMetrics("nut", 0, None, None)),
    ap_small=0.11, voc_ap=0.71,
)  # fmt: skip
EVALUATION = Evaluation(
    METRICS,
    (Curve("bolt", (0.0, 0.01, 0.02), (1.0, 1.0, 0.5), (0.9, 0.8, 0.4)),),
    (Threshold("bolt", 0.8, 0.95, 0.75, 0.84),),
    Threshold("", 0.37, 0.9, 0.7, 0.79),
    Confusion(
        ("bolt", "nut"),
        ((9, 1, 2), (0, 0, 0), (4, 0, 0)),
        (((1, 2), (3,), (1, 99)), ((), (), ()), ((2,), (), ())),
        0.37, 0.5,
    ),
)  # fmt: skip


class Measuring:
    """Waits until it may go on, then says what a test wants said."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.problems: tuple[Problem, ...] = ()

    def __call__(self, folder: Path, file: Path) -> Iterator[Progress | Measured]:
        self.asked.append(file.name)
        yield Progress(1, 3)
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        yield Measured(file.stem, EVALUATION, self.problems)


@pytest.fixture
def measuring() -> Iterator[Measuring]:
    measuring = Measuring()
    yield measuring
    measuring.go.set()
    assert stop_all(5)


@pytest.fixture
def context(shell: Shell, measuring: Measuring, monkeypatch: pytest.MonkeyPatch):
    shell.open(images=4)
    work = MeasureWork(shell.context.document, measure=measuring)
    shell.context.document.opened.connect(work.on_opened)
    object.__setattr__(shell.context, "measures", work)
    return shell.context


def add_model(context, name: str) -> None:
    project = context.document.project
    (project.models_folder / f"{name}.safetensors").write_bytes(b"")
    project.add_model(name, f"{name}.safetensors", "fast", ("bolt",), 0.4, 0.7)


@pytest.fixture
def dialog(qtbot, context):
    add_model(context, "first")
    add_model(context, "second")
    dialog = MeasuresDialog(context)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def measured(qtbot, context, measuring, dialog) -> None:
    qtbot.mouseClick(dialog._measure, Qt.MouseButton.LeftButton)
    measuring.go.set()
    qtbot.waitUntil(
        lambda: context.measures.newest is not None and not context.measures.is_running, timeout=5000
    )


def cells(table: QTableWidget, row: int) -> list[str]:
    items = [table.item(row, column) for column in range(table.columnCount())]
    return [item.text() for item in items if item is not None]


def test_without_a_model_it_says_what_to_do(qtbot, context):
    dialog = MeasuresDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "train one" in dialog._state.text()
    assert not dialog._measure.isEnabled()
    assert not dialog._tabs.isVisible()


def test_it_measures_the_newest_model_on_a_thread_and_shows_how_far_it_is(qtbot, context, measuring, dialog):
    assert dialog._models.currentText() == "second"
    qtbot.mouseClick(dialog._measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._state.text() == "1 of 3 images looked at", timeout=5000)
    assert measuring.asked == ["second.safetensors"]
    assert dialog._bar.isVisible()
    assert dialog._stop.isVisible()
    assert not dialog._measure.isVisible()


def test_another_model_can_be_chosen(qtbot, context, measuring, dialog):
    dialog._models.setCurrentIndex(1)
    measured(qtbot, context, measuring, dialog)
    assert measuring.asked == ["first.safetensors"]
    assert dialog._state.text() == "first, on 3 images kept to check on."


def test_stop_stops_and_nothing_more_is_told(qtbot, context, measuring, dialog):
    qtbot.mouseClick(dialog._measure, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog._stop, Qt.MouseButton.LeftButton)
    assert not context.measures.is_running
    measuring.go.set()
    assert stop_all(5)
    assert context.measures.newest is None
    assert dialog._measure.isVisible()
    assert not dialog._tabs.isVisible()


def test_numbers_have_a_sentence_each_and_each_class_its_row(qtbot, context, measuring, dialog):
    measured(qtbot, context, measuring, dialog)
    page = dialog._numbers
    assert page.measures.rowCount() == len(MEASURES) == 14
    assert cells(page.measures, 0) == ["AP", "0.410", MEASURES[0].means]
    assert cells(page.measures, 4)[:2] == ["AP medium", "–"]
    assert cells(page.classes, 0) == ["bolt", "12", "0.500", "0.800", "0.400", "0.600", "0.790"]
    assert cells(page.classes, 1) == ["nut", "0", "–", "–", "–", "–", "–"]


def test_picking_a_row_or_a_curve_picks_the_other(qtbot, context, measuring, dialog):
    measured(qtbot, context, measuring, dialog)
    page = dialog._curves
    dialog._tabs.setCurrentWidget(page)
    assert [c.name for c in page.chart.curves()] == ["bolt"]
    assert page.chart.curves()[0].best == (0.75, 0.95)
    assert cells(page.scores, 0) == ["all classes", "0.37", "90 %", "70 %", "0.79"]
    page.chart.picked.emit("bolt")
    assert page.scores.currentRow() == 1
    assert page.chart._picked == "bolt"
    page.scores.setCurrentCell(0, 0)
    assert page.chart._picked == ""


def test_a_mistake_lists_its_images_and_an_image_is_shown_in_the_window(qtbot, context, measuring, dialog):
    measured(qtbot, context, measuring, dialog)
    page = dialog._confusion
    dialog._tabs.setCurrentWidget(page)
    page.grid.pick(0, 2)
    assert page.cell.text() == "2 boxes of bolt, missed"
    assert page.images.count() == 1  # image 99 is no longer there
    before = context.session.image
    page.grid.pick(0, 1)
    assert page.cell.text() == "1 box of bolt, taken for nut"
    assert context.session.image == before  # not yet: nobody chose an image
    place = page.images.visualItemRect(page.images.item(0)).center()
    qtbot.mouseClick(page.images.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert context.session.image == 3
    context.session.show(1)
    qtbot.mouseClick(page.images.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert context.session.image == 3  # again


def test_the_best_score_becomes_the_windows_threshold(qtbot, context, measuring, dialog):
    measured(qtbot, context, measuring, dialog)
    assert dialog._use.text() == "Show proposals from 0.37 on"
    qtbot.mouseClick(dialog._use, Qt.MouseButton.LeftButton)
    assert context.session.threshold == 0.37
    assert not dialog._use.isEnabled()


def test_what_went_wrong_is_said_and_files_left_out_are_counted(qtbot, context, measuring, dialog):
    measuring.error = ValueError("There is nothing to check on.")
    qtbot.mouseClick(dialog._measure, Qt.MouseButton.LeftButton)
    measuring.go.set()
    qtbot.waitUntil(lambda: not context.measures.is_running, timeout=5000)
    assert dialog._state.text() == "There is nothing to check on."
    assert not dialog._tabs.isVisible()
    measuring.error, measuring.problems = None, (Problem("a.jpg", "it is empty"),)
    measured(qtbot, context, measuring, dialog)
    assert "1 file could not be read" in dialog._state.text()
    assert "a.jpg: it is empty" in dialog._state.toolTip()


def test_a_result_is_there_again_when_the_dialog_is_and_gone_with_its_folder(
    qtbot, context, measuring, dialog, shell
):
    measured(qtbot, context, measuring, dialog)
    again = MeasuresDialog(context)
    qtbot.addWidget(again)
    again.show()
    assert again._tabs.isVisible()
    context.document.opened.emit(context.document.folder)
    assert context.measures.newest is None
    assert not again._tabs.isVisible()


def test_it_opens_once(qtbot, context, shell):
    window = shell.window()
    qtbot.addWidget(window)
    window.open_measures()
    open_measures(context, window)
    assert len(window.findChildren(MeasuresDialog)) == 1


def test_it_fits_into_the_smallest_window(qtbot, context, measuring, dialog):
    measured(qtbot, context, measuring, dialog)
    for page in range(3):
        dialog._tabs.setCurrentIndex(page)
        assert dialog.minimumSizeHint().height() <= 600
        assert dialog.minimumSizeHint().width() <= 840
