"""No exception ends the program: it is logged, told once, and the window goes on."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qInstallMessageHandler
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from app import crash
from app.notices import Level, Notice, Notices

pytestmark = pytest.mark.qt_no_exception_capture


@pytest.fixture
def hooks(monkeypatch):
    """Python's and Qt's hooks as they were, afterwards."""
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = qInstallMessageHandler(None)
    yield
    qInstallMessageHandler(before)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    if faulthandler.is_enabled():
        faulthandler.disable()


@pytest.fixture
def posted(qtbot, hooks, tmp_path: Path):
    notices = Notices()
    posted: list[Notice] = []
    notices.posted.connect(posted.append)
    crash.install(notices, tmp_path / "logs" / "fovea.log")
    yield posted
    del notices


def logged(tmp_path: Path) -> str:
    return (tmp_path / "logs" / "fovea.log").read_text("utf-8")


def test_an_exception_in_a_slot_is_told_and_logged(qtbot, posted, tmp_path):
    def slot() -> None:
        raise ValueError("the slot is broken")

    QTimer.singleShot(0, slot)
    qtbot.waitUntil(lambda: bool(posted), timeout=3000)
    assert posted[0].level is Level.ERROR
    assert "ValueError" in posted[0].text
    assert "the slot is broken" in posted[0].detail
    assert "the slot is broken" in logged(tmp_path)
    assert "Traceback" in logged(tmp_path)


class BrokenPainter(QWidget):
    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        raise RuntimeError("cannot paint")


def test_a_paint_error_is_told_once_however_often_it_comes(qtbot, posted):
    widget = BrokenPainter()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    for number in range(1, 6):
        widget.update()
        qtbot.waitUntil(lambda number=number: widget.painted >= number)
    assert len(posted) == 1


def test_an_exception_on_a_thread_is_told_on_the_windows_thread(qtbot, posted, tmp_path):
    def work() -> None:
        raise OSError("the disk is full")

    thread = threading.Thread(target=work, name="saving")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(posted), timeout=3000)
    assert "the disk is full" in posted[0].detail
    assert "saving" in logged(tmp_path)


def test_two_different_errors_are_both_told(qtbot, posted):
    for kind in (ValueError, TypeError):
        try:
            raise kind("broken")
        except kind:
            sys.excepthook(*sys.exc_info())
    assert len(posted) == 2


def test_a_log_that_cannot_be_written_does_not_stop_the_program(qtbot, hooks, tmp_path):
    (tmp_path / "file").write_text("in the way", "utf-8")
    crash.install(Notices(), tmp_path / "file" / "fovea.log")


def test_the_log_starts_anew_when_it_is_full(qtbot, posted, tmp_path, monkeypatch):
    handler = next(h for h in logging.getLogger().handlers if h.get_name() == crash.TO_FILE)
    monkeypatch.setattr(handler, "maxBytes", 2000)
    for number in range(100):
        logging.getLogger("app").warning("line %d of a long story", number)
    assert (tmp_path / "logs" / "fovea.log.1").exists()
    assert len(logged(tmp_path)) < 2100
    assert len(list((tmp_path / "logs").glob("fovea.log.*"))) <= crash.LOG_FILES
