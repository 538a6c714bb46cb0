"""torch is imported in the background, in a quiet moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.work import warm_up
from app.work.warm_up import WarmUp


def test_the_import_runs_on_another_thread_and_tells_the_devices(qtbot):
    threads: list[int] = []

    def work() -> Iterator[tuple[str, ...]]:
        threads.append(threading.get_ident())
        yield ("cpu", "cuda")

    warm = WarmUp(work=work, delay_ms=0)
    with qtbot.waitSignal(warm.done, timeout=5000) as done:
        warm.start()
    assert done.args == [("cpu", "cuda")]
    assert threads != [threading.get_ident()]


def test_it_waits_while_a_mouse_button_is_held(qtbot, monkeypatch):
    held = [Qt.MouseButton.LeftButton]
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: held[0])
    monkeypatch.setattr(warm_up, "AGAIN_MS", 5)
    warm = WarmUp(work=lambda: iter([("cpu",)]), delay_ms=0)
    with qtbot.assertNotEmitted(warm.done, wait=60):
        warm.start()
    with qtbot.waitSignal(warm.done, timeout=5000):
        held[0] = Qt.MouseButton.NoButton


def test_it_does_not_begin_once_the_window_closes(qtbot):
    warm = WarmUp(work=lambda: iter([("cpu",)]), delay_ms=0)
    with qtbot.assertNotEmitted(warm.done, wait=60):
        warm.start()
        warm.stop()


def test_a_torch_that_cannot_be_imported_is_a_sentence(qtbot):
    def work() -> Iterator[tuple[str, ...]]:
        raise ImportError("libcudart.so.12: cannot open shared object file")
        yield ()

    warm = WarmUp(work=work, delay_ms=0)
    with qtbot.waitSignal(warm.failed, timeout=5000) as failed:
        warm.start()
    assert failed.args[0].startswith("Something went wrong inside Fovea while loading PyTorch (ImportError)")
