"""What the tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.work.job import stop_all
from app.work.training import TrainingWork
from tests.app.panels.fakes import FAST
from tests.app.shell import Shell, make_shell


@pytest.fixture(autouse=True, scope="session")
def _emptied_clipboard(qapp: QApplication) -> Iterator[None]:
    """The offscreen clipboard is destroyed after Python: what Python made must be gone from it by then."""
    yield
    qapp.clipboard().clear()


@pytest.fixture
def shell(qtbot, tmp_path: Path, monkeypatch) -> Iterator[Shell]:
    """The window's parts over an empty folder."""
    monkeypatch.setattr(TrainingWork, "presets", lambda self: (FAST,))
    folder = tmp_path / "bolts"
    folder.mkdir()
    shell = make_shell(folder)
    yield shell
    assert stop_all(5)
    assert shell.context.images.close()
    assert shell.context.detection.close()
    shell.context.document.close()


@pytest.fixture
def window(qtbot, shell: Shell):
    """The window, shown and active, with nothing open."""
    window = shell.window()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    return window
