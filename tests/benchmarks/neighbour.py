"""How good a neighbour training is: python -m tests.benchmarks.neighbour FOLDER [SECONDS] [--who]

Opens a labelled folder in the real window and, in each of several situations, counts for SECONDS how late a 60 Hz timer
of the window's event loop fires (99 of 100 times, and at worst) and the longest gap between two ticks. In each a hand
moves over the picture: it drags boxes, zooms and turns pages through real mouse and wheel events. --who prints what
other threads were doing when a tick was late.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.application import Application
from app.settings import Settings
from app.work.training import Phase

TICK_MS = 16
HAND_MS = 25  # between two events of the mouse
PAGE_S = 3.0  # between two pictures
LATE_MS = 8.0  # what --who looks into
AIM = (3.0, 33.0)  # ms: late by at most this 99 times of 100; no gap longer than this


def pause(milliseconds: int) -> None:
    """Let the window live. Not QTest's qWait: it keeps the interpreter from every other thread."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Ticks(QObject):
    """Notes how late each tick of a timer is, and the gap before it."""

    def __init__(self, asks_who: bool) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self.gaps_ms: list[float] = []
        self.who: Counter[str] = Counter()
        self._asks_who = asks_who
        self._last = time.perf_counter()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def forget(self) -> None:
        self.late_ms, self.gaps_ms, self._last = [], [], time.perf_counter()
        self.who.clear()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        gap = 1000 * (now - self._last)
        self._last = now
        self.gaps_ms.append(gap)
        self.late_ms.append(max(0.0, gap - TICK_MS))
        if self._asks_who and gap - TICK_MS > LATE_MS:
            for thread, frame in sys._current_frames().items():
                if thread != main_thread:
                    stack = traceback.extract_stack(frame, limit=None)[-3:]
                    self.who[
                        " < ".join(f"{Path(f.filename).stem}.{f.name}:{f.lineno}" for f in reversed(stack))
                    ] += 1


class Hand(QObject):
    """Draws boxes, takes them back, zooms, and turns to the next picture, by the events that a mouse makes."""

    def __init__(self, a: Application) -> None:
        super().__init__()
        self._a = a
        self._canvas = next(w for w in a.window.findChildren(QWidget) if type(w).__name__ == "Canvas")
        self._moves = self._go_on()
        self._turned = time.perf_counter()
        self._page = 0
        self._timer = QTimer(self, interval=HAND_MS)
        self._timer.timeout.connect(lambda: next(self._moves))
        self._timer.start()

    def _go_on(self) -> Iterator[None]:
        images = [row.id for row in self._a.document.images()]
        while True:
            size = self._canvas.size()
            x, y = size.width() * 0.3, size.height() * 0.3
            self._mouse(QEvent.Type.MouseButtonPress, x, y, Qt.MouseButton.LeftButton)
            for step in range(12):
                self._mouse(QEvent.Type.MouseMove, x + 8 * step, y + 6 * step, Qt.MouseButton.LeftButton)
                yield
            self._mouse(QEvent.Type.MouseButtonRelease, x + 90, y + 70, Qt.MouseButton.LeftButton)
            yield
            for turn in (120, 120, -120, -120):
                self._wheel(turn)
                yield
            for step in range(10):
                self._mouse(QEvent.Type.MouseMove, x + 5 * step, y + 5 * step, Qt.MouseButton.NoButton)
                yield
            if time.perf_counter() - self._turned > PAGE_S:
                self._page, self._turned = (self._page + 7) % len(images), time.perf_counter()
                self._a.session.show(images[self._page])
                yield

    def _mouse(self, kind: QEvent.Type, x: float, y: float, held: Qt.MouseButton) -> None:
        at = QPointF(x, y)
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        buttons = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else held
        where = QPointF(self._canvas.mapToGlobal(QPoint(round(x), round(y))))
        event = QMouseEvent(kind, at, where, button, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._canvas, event)

    def _wheel(self, turn: int) -> None:
        at = QPointF(self._canvas.rect().center())
        event = QWheelEvent(
            at, QPointF(self._canvas.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self._canvas, event)


def until(condition: Callable[[], bool], limit_s: float = 300) -> None:
    end = time.perf_counter() + limit_s
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError("the window did not come to where it should")
        pause(50)


def row(name: str, ticks: Ticks, speed: str) -> str:
    late, gaps = sorted(ticks.late_ms), sorted(ticks.gaps_ms)
    p99 = late[min(len(late) - 1, int(0.99 * len(late)))]
    kept = "yes" if p99 <= AIM[0] and gaps[-1] <= AIM[1] else "no"
    over = sum(gap > AIM[1] for gap in gaps)
    numbers = f"{statistics.median(late):7.2f} {p99:7.2f} {gaps[-1]:8.1f} {over:6d} {len(gaps):6d}"
    return f"{name:<44} {numbers} {kept:>5} {speed}"


def main(folder: Path, seconds: float, asks_who: bool) -> None:
    qt = QApplication([])
    a = Application(Settings(Path(tempfile.mkdtemp()) / "settings.ini"))
    a.window.resize(1400, 900)
    a.window.show()
    a.intake.open_folder(folder)
    until(lambda: not a.exchange.is_running("scan") and bool(a.detection.model))
    ticks = Ticks(asks_who)
    print(f"{'':<44} {'median':>7} {'p99':>7} {'longest':>8} {'> 33':>6} {'ticks':>6} {'kept':>5}")
    print(f"{'':<44} {'late':>7} {'late':>7} {'gap':>8} {'ms':>6}")

    def measure(name: str) -> None:
        pause(500)
        ticks.forget()
        speeds, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            pause(200)
            step = a.training.history.step
            if step is not None and a.training.phase is Phase.RUNNING:
                speeds.append(step.images_per_second)
        speed = f"{statistics.median(speeds):.1f} img/s" if speeds else ""
        print(row(name, ticks, speed), flush=True)
        for who, count in ticks.who.most_common(8):
            print(f"      {count:4d}  {who}")

    measure("nothing goes on")
    hand = Hand(a)
    measure("a hand draws, zooms, turns pages")
    a.training.choose(replace(a.training.plan, minutes=60.0))
    a.training.start()
    ticks.forget()
    until(lambda: a.training.history.step is not None)
    print(row("  the same, while training begins", ticks, ""), flush=True)
    measure("a hand, and training with live detection")
    a.training.pause()
    until(lambda: a.training.phase is Phase.PAUSED)
    measure("a hand, while training is paused")
    a.training.resume()
    hand.deleteLater()
    hand._timer.stop()
    measure("training with live detection, no hand")
    ticks.forget()
    a.training.stop()
    until(lambda: not a.training.is_running)
    print(row("  while training stops", ticks, ""), flush=True)
    a.window.close()
    qt.processEvents()


if __name__ == "__main__":
    import threading

    main_thread = threading.get_ident()
    wanted = [argument for argument in sys.argv[1:] if argument != "--who"]
    main(Path(wanted[0]).absolute(), float(wanted[1]) if len(wanted) > 1 else 30.0, "--who" in sys.argv)
