"""The dialog that shows augmented pictures: what it shows while it works and after, and what its buttons ask for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from app.panels.training_plan import TrainingPlan
from app.widgets.picture_tile import PictureTile
from app.widgets.preview_dialog import PreviewDialog, augmentations_in_words
from app.work.job import stop_all
from app.work.preview import PreviewWork
from model.records import TrainSettings
from model.records.preview import Picture, PreviewBox
from tests.app.panels.fakes import FAST, make_context

NUT = PreviewBox((10.0, 10.0, 50.0, 40.0), "nut", "#00ff00")
BOLT = PreviewBox((60.0, 50.0, 90.0, 90.0), "bolt", "#ff0000", "ignored")


def picture(number: int, *boxes: PreviewBox) -> Picture:
    return Picture(number, f"{number}.jpg", 100, 100, bytes(100 * 100 * 3), boxes or (NUT,))


class Drawing:
    """Waits until it may go on, then draws black pictures."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[tuple[Path, TrainSettings, int]] = []
        self.error: Exception | None = None
        self.note = ""

    def __call__(self, folder: Path, settings: TrainSettings, start: int) -> Iterator[Picture | str]:
        self.asked.append((folder, settings, start))
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        if self.note:
            yield self.note
        for number in range(start, start + 8):
            yield picture(number, NUT, BOLT)


@pytest.fixture
def drawing() -> Drawing:
    return Drawing()


@pytest.fixture
def context(qtbot, tmp_path, drawing):
    context = make_context(tmp_path)
    context.training.presets = lambda: (FAST,)
    context.preview = PreviewWork(context.document, context.training, draw=drawing)
    yield context
    drawing.go.set()
    assert stop_all(5)


@pytest.fixture
def dialog(qtbot, context):
    dialog = PreviewDialog(context)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def drawn(qtbot, context, drawing) -> None:
    with qtbot.waitSignal(context.preview.ended, timeout=5000):
        drawing.go.set()


def shown(dialog: PreviewDialog) -> list[int | None]:
    return [tile.picture.number if tile.picture else None for tile in dialog._tiles]


def test_it_draws_on_a_thread_and_shows_that_it_does(qtbot, context, drawing, dialog):
    assert shown(dialog) == [None] * 8
    assert dialog._bar.isVisible()
    assert not dialog._others.isEnabled()
    drawn(qtbot, context, drawing)
    assert shown(dialog) == list(range(8))
    assert not dialog._bar.isVisible()
    assert drawing.asked == [(context.document.folder, context.training.plan, 0)]


def test_eight_others_follow_the_first(qtbot, context, drawing, dialog):
    drawn(qtbot, context, drawing)
    with qtbot.waitSignal(context.preview.ended, timeout=5000):
        qtbot.mouseClick(dialog._others, Qt.MouseButton.LeftButton)
    assert shown(dialog) == list(range(8, 16))
    assert [start for _, _, start in drawing.asked] == [0, 8]


def test_a_changed_plan_is_drawn_anew(qtbot, context, drawing, dialog):
    drawn(qtbot, context, drawing)
    with qtbot.waitSignal(context.preview.ended, timeout=5000):
        context.training.choose(replace(FAST, rotation=15.0))
    assert drawing.asked[-1][1].rotation == 15.0
    assert "Rotation 15 degrees" in dialog._on.text()
    context.training.state_changed.emit()  # of anything else
    assert len(drawing.asked) == 2


def test_what_is_on_is_said():
    assert augmentations_in_words(FAST) == "Fast: Mirror 0.5, Scale 0.8 to 1.25."
    plain = replace(FAST, flip=0.0, scale_jitter=(1.0, 1.0))
    assert augmentations_in_words(plain) == "Fast: pictures as they are."


def test_escape_closes_without_waiting(qtbot, context, drawing, dialog):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert not context.preview.is_running
    drawing.go.set()
    assert stop_all(5)
    assert shown(dialog) == [None] * 8


def test_a_reason_is_shown_where_it_cannot_be_done(qtbot, context, drawing, dialog):
    drawing.error = ValueError("There is nothing to learn from yet.")
    with qtbot.waitSignal(context.preview.failed, timeout=5000):
        drawing.go.set()
    assert dialog._notes.text() == "There is nothing to learn from yet."
    assert dialog._notes.isVisible()
    assert not dialog._bar.isVisible()
    assert not dialog._others.isEnabled()


def test_images_that_cannot_be_read_are_named(qtbot, context, drawing, dialog):
    drawing.note = "Left out: 3.jpg is broken."
    drawn(qtbot, context, drawing)
    assert dialog._notes.text() == "Left out: 3.jpg is broken."
    assert shown(dialog) == list(range(8))


def test_boxes_are_drawn_in_their_classs_colour_and_grey_where_they_are_not_learned(qtbot):
    tile = PictureTile()
    qtbot.addWidget(tile)
    tile.resize(300, 200)  # the picture of 100 px is 200 px, from x = 50
    tile.show_picture(picture(0, NUT, BOLT))
    image = tile.grab().toImage()
    assert image.pixelColor(50 + 21, 50) == QColor("#00ff00")
    row = [image.pixelColor(x, 101).name() for x in range(50 + 124, 50 + 176)]
    assert "#ff0000" not in row
    assert len(set(row)) > 1  # dashed
    assert tile.toolTip() == "0.jpg\n2 boxes: 1 nut, 1 bolt (ignored)"


def test_the_tiles_follow_the_theme(qtbot):
    tile = PictureTile()
    qtbot.addWidget(tile)
    tile.resize(100, 100)
    palette = tile.palette()
    palette.setColor(palette.ColorRole.Dark, QColor("#123456"))
    tile.setPalette(palette)
    assert tile.grab().toImage().pixelColor(50, 50) == QColor("#123456")


def test_the_training_plan_opens_one_of_them(qtbot, context, drawing):
    plan = TrainingPlan(context)
    qtbot.addWidget(plan)
    plan.show()
    for _ in range(2):
        qtbot.mouseClick(plan._preview, Qt.MouseButton.LeftButton)
    (dialog,) = plan.findChildren(PreviewDialog)
    assert dialog.isVisible()
    assert len(drawing.asked) <= 1
    dialog.close()


def test_without_a_folder_there_is_nothing_to_preview(qtbot, context):
    context.document.is_open = False
    plan = TrainingPlan(context)
    qtbot.addWidget(plan)
    assert not plan._preview.isEnabled()
