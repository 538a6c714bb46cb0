"""How long a move of the mouse takes on a crowded image, painting included.

    python -m tests.benchmarks.canvas_paint

Goal: 4 ms at 1,000 boxes, 8 ms at 5,000. Prints ms per move (median and worst) for three hands: one that passes over
boxes, one that draws, one that pulls a corner; and ms to paint everything anew, as after an edit or a zoom. Counted are
the event handler and the paint event that it asks for, if any.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.canvas import Canvas
from model.records import Box
from tests.app.canvas.fakes import CLASSES, Ready, Stage, make_context, picture

COUNTS = (0, 100, 1000, 5000)
IMAGE = (1600, 1200)  # px
WIDGET = (1400, 900)  # px
MOVES = 150
FRAME_MS = 12  # longer than Qt waits to collect updates
PAINTING_MS: list[float] = []


def watch_painting() -> None:
    """Keep how long each paint event of a canvas takes."""
    paint = Canvas.paintEvent

    def timed(canvas: Canvas, event: QPaintEvent) -> None:
        start = time.perf_counter()
        paint(canvas, event)
        PAINTING_MS.append(1000 * (time.perf_counter() - start))

    Canvas.paintEvent = timed  # type: ignore[method-assign]


def boxes(count: int, seed: int = 0) -> tuple[Box, ...]:
    """Of 20 to 120 px, anywhere."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        width, height = rng.uniform(20, 120), rng.uniform(20, 120)
        x, y = rng.uniform(0, IMAGE[0] - width), rng.uniform(0, IMAGE[1] - height)
        found.append(Box(x, y, x + width, y + height, rng.choice(CLASSES).id))
    return tuple(found)


def stage_with(count: int) -> Stage:
    stage = Stage(make_context())
    stage.canvas.resize(*WIDGET)
    stage.canvas.show()
    stage.session.show(1)
    stage.document.put(1, *boxes(count))
    stage.canvas.on_image_ready(Ready(1, picture(*IMAGE)))
    QTest.qWait(50)
    return stage


def path() -> list[tuple[float, float]]:
    """A hand going to and fro over the image."""
    return [(100 + 7 * step % 1400, 100 + 11 * step % 1000) for step in range(MOVES)]


def timed_ms(moves: list[tuple[float, float]], move: Callable[[float, float], None]) -> list[float]:
    spent = []
    for x, y in moves:
        PAINTING_MS.clear()
        start = time.perf_counter()
        move(x, y)
        handling_ms = 1000 * (time.perf_counter() - start)
        QTest.qWait(FRAME_MS)  # Qt paints at the next frame
        spent.append(handling_ms + sum(PAINTING_MS))
    return spent


def hovering(stage: Stage) -> list[float]:
    return timed_ms(path(), stage.hover)


def drawing(stage: Stage) -> list[float]:
    stage.session.set_tool("draw")
    stage.press(90, 90)
    stage.move(95, 95)
    QTest.qWait(50)
    spent = timed_ms(path(), stage.move)
    stage.canvas.cancel()
    stage.session.set_tool("select")
    return spent


def moving(stage: Stage) -> list[float]:
    if not stage.boxes():
        return []
    box = stage.boxes()[0]
    stage.session.select(frozenset((box.uid,)))
    x, y = box.xmax, box.ymax  # a corner of what is selected comes before every other box
    stage.press(x, y)
    stage.move(x + 5, y + 5)
    QTest.qWait(50)
    spent = timed_ms(path(), stage.move)
    stage.canvas.cancel()
    stage.session.select(frozenset())
    return spent


def repainting(stage: Stage) -> list[float]:
    steps = [(400.0, 300.0)] * 20
    return timed_ms(steps, lambda x, y: stage.wheel(x, y, 15))


def main() -> None:
    application = QApplication.instance() or QApplication([])
    assert application is not None
    watch_painting()
    print(f"{'boxes':>6}  {'hover':>15}  {'draw':>15}  {'resize':>15}  {'all anew':>15}   median (worst), ms")
    for count in COUNTS:
        stage = stage_with(count)
        cells = []
        for spent in (hovering(stage), drawing(stage), moving(stage), repainting(stage)):
            cells.append(f"{statistics.median(spent):6.2f} ({max(spent):6.2f})" if spent else "-")
        print(f"{count:>6}  " + "  ".join(f"{cell:>15}" for cell in cells), flush=True)
        stage.canvas.close()


if __name__ == "__main__":
    main()
