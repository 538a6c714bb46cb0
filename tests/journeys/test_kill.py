"""kill -9 right after the screen has shown a box: the box is there on the next start, and can be undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.application import Application
from app.settings import Settings
from model.data.project import Project
from model.records import ClassesChange, Edit, LabelClass

ROOT = Path(__file__).resolve().parents[2]

# Runs in a process of its own: the real window, one box drawn with the mouse, and then it waits to be killed.
DRAW = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.application import Application
from app.canvas.view import View
from app.settings import Settings

qt = QApplication([])
folder = Path(sys.argv[1])
a = Application(Settings(folder.parent / "settings.ini"))
a.window.resize(1200, 800)
a.window.show()
a.intake.open_folder(folder)
while a.session.image is None or a.images.pixels(a.session.image) is None:
    QTest.qWait(20)
QTest.qWait(100)
QTest.keyClick(a.canvas, Qt.Key.Key_W)
port = a.canvas.findChild(View).viewport
start, end = (QPointF(*port.to_widget(*p)).toPoint() for p in ((50, 40), (150, 120)))
QTest.mousePress(a.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
QTest.mouseMove(a.canvas, (start + end) / 2)
QTest.mouseMove(a.canvas, end)
a.document.labels_changed.connect(lambda image: print("shown", image, flush=True))
QTest.mouseRelease(a.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX's")
def test_a_box_that_was_shown_survives_kill_9_and_can_be_undone(qtbot, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    (folder / "a.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    with Project.open(folder) as project:
        project.apply(Edit("Add class", (ClassesChange((), (LabelClass(1, "cell", "#e69f00"),)),)))

    child = subprocess.Popen(
        [sys.executable, "-c", DRAW, str(folder)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith("shown"), "the box was never drawn"
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=30)

    application = Application(Settings(tmp_path / "settings.ini"))
    application.window.show()
    application.intake.open_folder(folder)
    image = application.document.images()[0].id
    (box,) = application.document.labels(image).boxes
    assert box.xyxy == pytest.approx((50, 40, 150, 120), abs=2)
    assert application.document.undo_text() == "Draw box"
    application.window.activateWindow()
    qtbot.waitUntil(application.window.isActiveWindow, timeout=5000)
    application.canvas.setFocus()
    qtbot.keyClick(application.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert application.document.labels(image).boxes == ()
    application.window.close()
