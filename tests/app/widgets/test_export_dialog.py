"""The export dialog: what will be written, never over anything, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from app.widgets.export_dialog import ExportDialog, Extent, extent_of, free_folder
from app.work import exchange
from app.work.exchange import ExchangeWork
from app.work.job import stop_all
from model.data.formats.format import Convention
from model.records import ExportReport, ImageRow, LabelClass, Problem, Progress, State

ROWS = (
    ImageRow(1, "a.jpg", state=State.DONE, box_count=3, split="train"),
    ImageRow(2, "b.jpg", state=State.EMPTY, split="val"),
    ImageRow(3, "c.jpg", box_count=1),
    ImageRow(4, "d.jpg"),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bolts").mkdir()
    return tmp_path / "bolts"


@pytest.fixture
def dialog(qtbot, folder):
    document = SimpleNamespace(
        folder=folder, images=lambda: ROWS, classes=lambda: (LabelClass(1, "bolt", "#e69f00"),)
    )
    dialog = ExportDialog(SimpleNamespace(document=document, exchange=ExchangeWork()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert stop_all(5)


def test_labelled_images_go_out_and_those_to_do_stay():
    assert extent_of(ROWS) == Extent(3, 4, 1, (("train", 1), ("val", 1)))


def test_the_folder_offered_is_free(folder):
    assert free_folder(folder).name == "bolts VOC"
    (folder.parent / "bolts VOC").mkdir()
    assert free_folder(folder).name == "bolts VOC 2"


def test_it_says_what_will_be_written(dialog):
    text = dialog._what.text()
    assert "3 labelled images and 4 boxes of 1 class: bolt." in text
    assert "1 image still to do left out." in text
    assert dialog._export.isEnabled()


def test_it_never_writes_over_an_export(dialog, tmp_path):
    (tmp_path / "old" / "VOCdevkit" / "VOC2012").mkdir(parents=True)
    dialog._out.setText(str(tmp_path / "old"))
    assert not dialog._export.isEnabled()
    assert dialog._where.text() == "“old” holds an export already: choose another folder."
    dialog._out.setText("")
    assert not dialog._export.isEnabled()


def test_it_ends_with_a_line_and_the_folder(qtbot, dialog, monkeypatch, folder):
    asked: list[object] = []

    def export(source: Path, out: Path, convention: Convention) -> Iterator[object]:
        asked.extend((source, out, convention))
        yield Progress(1, 3, "a.jpg")
        yield ExportReport(out, 3, 4, (Problem("c.png", "was converted to JPEG"),))

    monkeypatch.setattr(exchange, "_export_voc", export)
    with qtbot.waitSignal(dialog._exchange.finished, timeout=5000):
        qtbot.mouseClick(dialog._export, Qt.MouseButton.LeftButton)
        assert dialog._bar.isVisible()
        assert dialog._close.text() == "Cancel"
    assert asked == [folder, folder.parent / "bolts VOC", Convention.ONE_BASED]
    assert dialog._state.text() == "Done: 3 images and 4 boxes written, read back and compared."
    assert dialog._problems.toPlainText() == "c.png: was converted to JPEG"
    assert dialog._open.isVisible()
    assert not dialog._bar.isVisible()


def test_cancel_stops_the_export_and_keeps_the_dialog(qtbot, dialog, monkeypatch):
    def export(source: Path, out: Path, convention: Convention) -> Iterator[Progress]:
        for number in range(100_000):
            time.sleep(0.001)
            yield Progress(number, 0)

    monkeypatch.setattr(exchange, "_export_voc", export)
    qtbot.mouseClick(dialog._export, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(dialog._exchange.cancelled, timeout=5000):
        qtbot.mouseClick(dialog._close, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert dialog._export.isEnabled()
    assert dialog._close.text() == "Close"


def test_pixels_are_counted_from_zero_when_asked_for(qtbot, dialog, monkeypatch):
    asked: list[Convention] = []

    def export(source: Path, out: Path, convention: Convention) -> Iterator[object]:
        asked.append(convention)
        yield ExportReport(out, 3, 4)

    monkeypatch.setattr(exchange, "_export_voc", export)
    dialog._from_zero.setChecked(True)
    with qtbot.waitSignal(dialog._exchange.finished, timeout=5000):
        qtbot.mouseClick(dialog._export, Qt.MouseButton.LeftButton)
    assert asked == [Convention.ZERO_BASED]
