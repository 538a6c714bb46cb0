"""Painting is total, cheap, and the same on every screen; nothing of it wants whole numbers."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QImage, QPaintEvent

from app.canvas.hit import Side, handle_at
from model.records import Box, Detection
from tests.app.canvas.fakes import Ready, Stage, picture
from tests.app.canvas.test_canvas import BOLT, FOUND, NUT

ROOT = Path(__file__).resolve().parents[3]


def shown(stage: Stage) -> np.ndarray:
    """(H, W, 3) RGB of the canvas, int."""
    image = stage.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[..., 2::-1].astype(int)


def colour_at(stage: Stage, x: float, y: float) -> tuple[int, ...]:
    place = stage.place(x, y)
    return tuple(shown(stage)[round(place.y()), round(place.x())].tolist())


def is_near(colour: tuple[int, ...], name: str) -> bool:
    want = tuple(int(name[i : i + 2], 16) for i in (1, 3, 5))
    return max(abs(a - b) for a, b in zip(colour, want, strict=True)) < 20


def edge_colours(stage: Stage, box: Box | Detection) -> list[bool]:
    """Along the upper edge in steps of a widget px: whether the line is in the class's colour there."""
    rows, colours = shown(stage), []
    start, end = stage.place(box.xmin, box.ymin), stage.place(box.xmax, box.ymin)
    name = "#e69f00" if getattr(box, "label", 0) == 1 else "#56b4e9"
    for x in range(round(start.x()) + 4, round(end.x()) - 4):
        near = rows[round(start.y()) - 1 : round(start.y()) + 1, x]
        colours.append(any(is_near(tuple(pixel), name) for pixel in near.tolist()))
    return colours


def test_labels_are_solid_and_proposals_dashed(stage):
    stage.put(BOLT)
    stage.propose(FOUND)
    assert all(edge_colours(stage, BOLT))
    dashes = edge_colours(stage, FOUND)
    assert 0.3 < sum(dashes) / len(dashes) < 0.8


def test_an_area_to_ignore_is_dotted_hatched_and_of_no_class_s_colour(stage):
    before = shown(stage)
    area = replace(BOLT, ignore=True)
    stage.put(area)
    assert not any(edge_colours(stage, area))
    rows = shown(stage)
    start, end = stage.place(area.xmin, area.ymin), stage.place(area.xmax, area.ymax)
    inside = slice(round(start.y()) + 4, round(end.y()) - 4), slice(round(start.x()) + 4, round(end.x()) - 4)
    changed = (rows[inside] != before[inside]).any(axis=2)
    assert 0.1 < changed.mean() < 0.9  # stripes: what is in it can still be seen
    edge = rows[round(start.y()) - 1, round(start.x()) + 4 : round(end.x()) - 4].sum(axis=1)
    assert len(set(edge.tolist())) > 1


def test_hidden_boxes_leave_the_picture_alone(stage):
    plain = shown(stage)
    stage.put(BOLT, NUT)
    stage.propose(FOUND)
    assert (shown(stage) != plain).any()
    stage.session.hide_boxes(True)
    assert (shown(stage) == plain).all()


def test_lines_are_as_wide_at_every_zoom(stage):
    widths = []
    for wheel in (0, 480, 480):
        stage.wheel(22, 70, wheel)
        stage.put(BOLT)
        place = stage.place(20, 55)
        row = shown(stage)[round(place.y())][round(place.x()) - 8 : round(place.x()) + 8].tolist()
        widths.append(sum(is_near(tuple(pixel), "#e69f00") for pixel in row))
    assert widths == [2, 2, 2]


def test_the_selected_box_has_eight_handles(stage):
    stage.put(BOLT)
    stage.session.select(frozenset((1,)))
    for side in Side.LEFT, Side.LEFT | Side.TOP, Side.BOTTOM, Side.RIGHT | Side.BOTTOM:
        assert is_near(colour_at(stage, *handle_at(BOLT.xyxy, side)), "#ffffff")


def test_a_proposal_under_the_threshold_is_not_shown(stage):
    plain = shown(stage)
    stage.propose(FOUND)
    assert (shown(stage) != plain).any()
    stage.session.set_threshold(0.9)
    assert (shown(stage) == plain).all()


# ---------------------------------------------------------------------------------------------- cost


def test_moving_the_mouse_never_paints_all_boxes_again(stage):
    stage.put(*(Box(2 * i % 180, i % 80, 2 * i % 180 + 10, i % 80 + 10, 1) for i in range(300)))
    stage.canvas.grab()
    painted = stage.canvas._screen.boxes_painted
    for x in range(0, 200, 5):
        stage.hover(x, x / 2)
        stage.canvas.grab()
    assert stage.canvas._screen.boxes_painted == painted


def test_a_drag_paints_all_boxes_once_at_its_start_and_once_at_its_end(stage):
    stage.put(BOLT, NUT)
    stage.hover(40, 40)
    stage.canvas.grab()
    painted = stage.canvas._screen.boxes_painted
    stage.press(40, 40)
    for x in range(45, 70):
        stage.move(x, 40)
        stage.canvas.grab()
    assert stage.canvas._screen.boxes_painted - painted <= 2
    stage.release(69, 40)
    stage.canvas.grab()
    assert stage.canvas._screen.boxes_painted - painted <= 3


class Watch(QObject):
    """Keeps the areas that a widget is asked to paint."""

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[QRect] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.rect())
        return False


def test_a_mouse_move_repaints_only_where_something_changes(stage, qtbot):
    stage.put(BOLT)
    watch = Watch()
    areas = watch.areas
    stage.canvas.installEventFilter(watch)
    stage.hover(150, 90)
    qtbot.wait(50)
    areas.clear()
    stage.hover(160, 90)
    qtbot.wait(50)
    assert areas == []  # from background to background
    stage.hover(40, 40)
    qtbot.waitUntil(lambda: bool(areas))
    assert sum(area.width() * area.height() for area in areas) < 0.25 * 640 * 400


def test_what_the_overlay_drew_is_gone_when_it_moves_on(stage):
    stage.put(BOLT)
    stage.session.set_tool("draw")
    stage.hover(90, 90)
    stage.canvas.repaint()
    clean = shown(stage)
    stage.press(90, 80)
    stage.move(120, 95)
    stage.canvas.repaint()
    stage.canvas.cancel()
    stage.hover(90, 90)
    assert (shown(stage) == clean).all()


# ---------------------------------------------------------------------------------------------- totality

WILD = (
    Box(-1e30, -1e30, 1e30, 1e30, 1),
    Box(50, 50, 50, 50, 1),
    Box(80, 80, 20, 20, 2),
    Box(1e-300, 0, 1e300, 1e-300, 99),
    Box(10, 10, 20, 20, 1, difficult=True),
    Box(10, 10, 20, 20, 1, ignore=True),
    Box(-1e9, -1e9, 1e9, 1e9, 1, ignore=True),
)
NOT_NUMBERS = (
    Detection(math.nan, 0, 10, 10, "bolt", 0.9),
    Detection(-math.inf, 0, math.inf, 10, "bolt", 0.9),
    Detection(0, 0, 50, 50, "<b>\0\u202e bolt", 0.9),
    Detection(0, 0, 50, 50, "", math.nan),
)


def test_whatever_the_boxes_are_painting_and_touching_them_raises_nothing(stage):
    stage.put(*WILD)
    stage.session._free = NOT_NUMBERS  # what a broken model might say
    stage.session.proposals_changed.emit()
    for wheel in (0, 960, 960, -3000):
        stage.wheel(50, 50, wheel)
        for x in (0, 10, 49, 50, 120):
            stage.hover(x, x / 2)
            stage.canvas.grab()
    stage.session.select(frozenset(box.uid for box in WILD))
    stage.canvas.grab()
    stage.drag((15, 15), (30, 30))
    stage.canvas.grab()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3000, 20)])
def test_it_paints_at_any_size(stage, size):
    stage.put(BOLT)
    stage.canvas.setMinimumSize(0, 0)
    stage.canvas.resize(*size)
    stage.canvas.grab()
    stage.hover(40, 40)
    stage.canvas.grab()


def test_a_picture_of_one_pixel(stage):
    stage.session.show(2)
    stage.canvas.on_image_ready(Ready(2, picture(1, 1)))
    stage.session.set_tool("draw")
    stage.drag((0, 0), (1, 1))
    stage.canvas.grab()
    assert stage.document.edits == []


def exercise() -> None:
    """Draw, move, zoom and paint at odd zooms; run below under odd screens."""
    stage = Stage()
    stage.canvas.show()
    stage.open().put(BOLT, NUT)
    stage.propose(FOUND)
    for zoom in (0.33, 0.67, 1.5, 7.9):
        stage.canvas._view.zoom_to(zoom, None)
        stage.hover(40.3, 41.7)
        stage.canvas.repaint()
        stage.drag((40.3, 41.7), (44.9, 45.1))
        stage.drag((150.1, 70.2), (140.8, 70.2))
        stage.session.set_tool("draw")
        stage.press(10.2, 60.6)
        stage.move(40.4, 90.9)
        stage.canvas.repaint()
        stage.wheel(40.4, 90.9, 40)
        stage.canvas.repaint()
        stage.release(40.4, 90.9)
        stage.session.set_tool("select")
        stage.drag((190.5, 5.5), (1.5, 95.5))
        stage.canvas.repaint()
    drawn = [edit for edit in stage.document.edits if edit.text == "Draw box"]
    assert len(drawn) == 4, stage.document.edits
    view = stage.canvas._view.viewport
    assert stage.canvas.grab().width() == math.floor(640 * view.ratio), view


@pytest.mark.parametrize("ratio", ["1", "1.25", "2"])
def test_drags_wheels_and_paints_at_odd_zooms_on_odd_screens(ratio):
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "application = QApplication([])\n"
        f"assert application.devicePixelRatio() == {ratio}\n"
        "from tests.app.canvas.test_painting import exercise\n"
        "exercise()\n"
    )
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": ratio}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no exception in an event, no complaint of Qt's
