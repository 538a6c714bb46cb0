"""Importing torch once, in the background, a moment after the window is there.

The import takes some three seconds and holds the interpreter for up to 0.2 s at a time, at any priority:
at the click on Train, or while a box is drawn, the window would stutter.
"""

from __future__ import annotations

import atexit
import gc
import threading
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.work.job import Failure, Job

DELAY_MS = 1500  # after the first picture is on screen
AGAIN_MS = 500  # while a mouse button is held

# torchvision's modules import each other in a circle: of two threads that begin at different ones, one finds half
# a module and fails
_loading = threading.Lock()
_has_loaded = False


def import_heavy() -> Iterator[tuple[str, ...]]:
    """Import what training and detection need; yields the devices there are, "cpu" first."""
    import pyqtgraph  # noqa: F401  # half a second, and the first chart needs it

    load_torch()
    import torch

    there_is = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    yield tuple(device for device, is_there in there_is.items() if is_there)


def load_torch() -> None:
    """Import what training and detection need, or wait until another thread has: for work that may begin at once.

    What has been imported stays for good: told so, Python need not look for garbage in its million objects, which
    would hold the window for 0.2 s each time.
    """
    global _has_loaded
    with _loading:
        if _has_loaded:
            return
        was_on = gc.isenabled()
        gc.disable()
        try:
            import model.detection.detector
            import model.training.train  # noqa: F401

            gc.freeze()
            atexit.register(gc.unfreeze)  # else torch's libraries complain at the end of what was never freed
        finally:
            if was_on:
                gc.enable()
        _has_loaded = True


class WarmUp(QObject):
    """Waits for a quiet moment, then imports on a thread of its own."""

    done = Signal(object)  # the devices there are, tuple[str, ...]
    failed = Signal(str)  # torch cannot be imported: a sentence

    def __init__(
        self,
        parent: QObject | None = None,
        work: Callable[[], Iterator[tuple[str, ...]]] = import_heavy,
        delay_ms: int = DELAY_MS,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._timer = QTimer(self, singleShot=True, interval=delay_ms)
        self._timer.timeout.connect(self._try)

    def start(self) -> None:
        """Called when the window is shown."""
        self._timer.start()

    def stop(self) -> None:
        """The window closes: what has not begun by now need not begin."""
        self._timer.stop()

    def _try(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start(AGAIN_MS)
            return
        job = Job(self._work, "loading PyTorch")
        job.yielded.connect(self.done)
        job.failed.connect(self._on_failed)
        job.begin()

    def _on_failed(self, failure: Failure) -> None:
        self.failed.emit(failure.sentence)
