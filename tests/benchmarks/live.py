"""How live is live: python -m tests.benchmarks.live FOLDER [MINUTES]

Trains the preset fast in the real window on a labelled folder, and prints how often the picture in view was looked
at anew, how soon another picture was answered, how late the window's own timer was, and how fast training went.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.application import Application
from app.settings import Settings

TICK_MS = 16
LOOK_EACH_S = 15.0  # another picture is looked at


def pause(milliseconds: int) -> None:
    """Let the window live. Not QTest's qWait: it keeps the interpreter from every other thread."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Watch(QObject):
    """Notes when things happen while training runs."""

    def __init__(self, application: Application) -> None:
        super().__init__()
        self.application = application
        self.looks: list[float] = []  # seconds between two answers for one picture
        self.answers: list[float] = []  # seconds from showing a picture to its first answer
        self.late: list[float] = []  # ms that a tick came late
        self._last: float | None = None
        self._asked: tuple[int, float] | None = None
        self._tick = time.perf_counter()
        application.detection.detected.connect(self.on_detected)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self.on_tick)
        self._timer.start()

    def show(self, image: int) -> None:
        self._asked, self._last = (image, time.perf_counter()), None
        self.application.session.show(image)

    def on_detected(self, image: int, detections: object, model: str) -> None:
        now = time.perf_counter()
        if self._asked is not None and self._asked[0] == image:
            self.answers.append(now - self._asked[1])
            self._asked = None
        if self._last is not None and "training" in model:
            self.looks.append(now - self._last)
        self._last = now

    def on_tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max(0.0, 1000 * (now - self._tick) - TICK_MS))
        self._tick = now

    def forget(self) -> None:
        self.looks, self.answers, self.late = [], [], []


def row(name: str, values: list[float], unit: str) -> str:
    if not values:
        return f"{name:<40} nothing measured"
    ranked = sorted(values)
    p99 = ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))]
    return (
        f"{name:<40} {statistics.median(values):8.2f} {p99:8.2f} {ranked[-1]:8.2f} {unit:<4} {len(values):6d}"
    )


def main(folder: Path, minutes: float) -> None:
    application_of_qt = QApplication([])
    a = Application(Settings(Path(tempfile.mkdtemp()) / "settings.ini"))
    a.window.show()
    a.intake.open_folder(folder)
    while a.exchange.is_running("scan") or not a.detection.model:
        pause(50)
    watch = Watch(a)
    images = [r.id for r in a.document.images()]
    watch.show(images[0])
    a.training.choose(replace(a.training.plan, minutes=minutes))
    a.training.start()
    while a.training.history.step is None and a.training.is_running:
        pause(50)
    watch.forget()
    shown, speeds, since = 0, [], time.perf_counter()
    while a.training.is_running:
        pause(100)
        if (step := a.training.history.step) is not None:
            speeds.append(step.images_per_second)
        if time.perf_counter() - since > LOOK_EACH_S:
            shown, since = (shown + 37) % len(images), time.perf_counter()
            watch.show(images[shown])
    print(f"{'':<40} {'median':>8} {'p99':>8} {'longest':>8} {'':<4} {'count':>6}")
    print(row("between looks at the picture in view", watch.looks, "s"))
    print(row("from showing a picture to its answer", watch.answers, "s"))
    print(row("the window's timer late by", watch.late, "ms"))
    print(row("training", speeds, "img/s"))
    print(a.training.outcome)
    a.window.close()
    application_of_qt.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), float(sys.argv[2]) if len(sys.argv) > 2 else 2.0)
