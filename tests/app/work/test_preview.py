"""Pictures of the folder as it is, drawn on a thread."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from app.work.preview import PreviewWork, preview_folder
from model.records.preview import PICTURES, Picture
from tests.app.panels.fakes import FAST
from tests.app.shell import Shell


def with_pictures(shell: Shell, images: int = 3) -> None:
    for number, image in enumerate(shell.open(images), 1):
        pixels = np.random.default_rng(number).integers(0, 256, (480, 640, 3), np.uint8)
        cv2.imwrite(str(shell.folder / f"{number}.jpg"), pixels)
        shell.draw(image, (100, 100), (300, 200))


def test_eight_pictures_of_the_plan_are_drawn(qtbot, shell: Shell):
    with_pictures(shell)
    work, drawn = shell.context.preview, []
    work.drawn.connect(drawn.append)
    shell.context.training.choose(replace(shell.context.training.plan, mosaic=1.0))
    with qtbot.waitSignal(work.ended, timeout=30_000):
        work.start()
        assert work.is_running
    assert not work.is_running
    assert [picture.number for picture in drawn] == list(range(PICTURES))
    assert drawn == list(preview_folder(shell.folder, shell.context.training.plan, 0))


def test_others_can_be_drawn(qtbot, shell: Shell):
    with_pictures(shell)
    work, drawn = shell.context.preview, []
    work.drawn.connect(drawn.append)
    with qtbot.waitSignal(work.ended, timeout=30_000):
        work.start(PICTURES)
    assert [picture.number for picture in drawn] == list(range(PICTURES, 2 * PICTURES))


def test_what_cannot_be_read_is_told(qtbot, shell: Shell):
    with_pictures(shell)
    (shell.folder / "2.jpg").write_bytes(b"no image")
    work, notes = shell.context.preview, []
    work.noted.connect(notes.append)
    with qtbot.waitSignal(work.ended, timeout=30_000):
        work.start()
    assert len(notes) == 1
    assert "2.jpg" in notes[0]


def test_without_boxes_it_says_what_to_do(qtbot, shell: Shell):
    shell.open()
    with qtbot.waitSignal(shell.context.preview.failed, timeout=30_000) as failed:
        shell.context.preview.start()
    assert "Draw some boxes first" in failed.args[0]


def test_where_no_folder_is_open_nothing_begins(shell: Shell):
    shell.context.preview.start()
    assert not shell.context.preview.is_running


def test_nothing_is_told_of_what_was_cancelled(qtbot, shell: Shell):
    with_pictures(shell)

    def draw(folder: Path, settings: object, start: int):
        for number in range(start, start + PICTURES):
            yield Picture(number, "a.jpg", 1, 1, b"\0\0\0", ())

    work, drawn = PreviewWork(shell.context.document, shell.context.training, draw=draw), []
    work.drawn.connect(drawn.append)
    work.start()
    with qtbot.waitSignal(work.ended, timeout=5000):
        work.start(100)
    assert [picture.number for picture in drawn] == list(range(100, 108))


def test_the_project_is_only_read(shell: Shell):
    with_pictures(shell)
    shell.context.document.close()
    before = (shell.folder / ".fovea" / "project.db").read_bytes()
    assert len(list(preview_folder(shell.folder, FAST, 0))) == PICTURES
    assert (shell.folder / ".fovea" / "project.db").read_bytes() == before
