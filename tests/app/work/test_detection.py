"""One thread, the newest weights, the newest request."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.work.detection import DetectionWork
from model.records import Architecture, Detection, WeightsOffered


@dataclass(frozen=True)
class FakeWeights:
    classes: tuple[str, ...]
    tensors: dict[str, Any] = field(default_factory=dict)
    architecture: Architecture = field(default_factory=Architecture)


class Lab:
    """Stands for the disk, the weights loader and the detector; notes what was asked of each."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.detected: list[tuple[str, int]] = []  # picture, version of the weights
        self.built = 0
        self.threads: set[int] = set()
        self.door = threading.Event()
        self.door.set()

    def read_image(self, path: Path) -> np.ndarray:
        if not path.exists():
            raise ValueError(f"{path.name} is gone.")
        self.read.append(path.name)
        return np.full((8, 8, 3), int(path.stem), np.uint8)

    def load(self, file: Path | None) -> FakeWeights:
        self.threads.add(threading.get_ident())
        if file is not None and file.suffix != ".safetensors":
            raise ValueError(f"{file.name} is not a weights file.")
        return FakeWeights(("square", "disc") if file is None else ("bolt",), {"version": 1})

    def make(self, weights: FakeWeights) -> Lab:
        self.built += 1
        self.version = weights.tensors["version"]
        return self

    def load_weights(self, tensors: dict[str, Any]) -> None:
        self.version = tensors["version"]

    def detect(self, pixels: np.ndarray) -> tuple[Detection, ...]:
        self.detected.append((str(pixels[0, 0, 0]), self.version))
        self.door.wait(5)
        return (Detection(0, 0, 4, 4, "square", 0.1 * self.version),)


@pytest.fixture
def lab():
    return Lab()


@pytest.fixture
def work(qtbot, lab):
    work = DetectionWork(read=lab.read_image, load=lab.load, make=lab.make)
    work.heard = []
    work.detected.connect(lambda *answer: work.heard.append(answer))
    yield work
    lab.door.set()
    assert work.close()


@pytest.fixture
def paths(tmp_path):
    files = [tmp_path / f"{n}.jpg" for n in range(5)]
    for file in files:
        file.write_bytes(b"x")
    return files


def test_weights_are_loaded_off_the_windows_thread_and_say_what_they_know(qtbot, work, lab):
    with qtbot.waitSignal(work.model_changed, timeout=5000) as changed:
        work.use_starter()
        assert work.loading == "starter"
    assert changed.args == ["starter", ("square", "disc")]
    assert (work.model, work.classes, work.loading) == ("starter", ("square", "disc"), "")
    assert threading.get_ident() not in lab.threads


def test_an_image_asked_for_before_there_were_weights_is_answered_when_they_come(qtbot, work, paths):
    work.request(3, paths[3])
    with qtbot.waitSignal(work.detected, timeout=5000) as detected:
        work.use_starter()
    image, detections, model = detected.args
    assert (image, model) == (3, "starter")
    assert detections[0].score == pytest.approx(0.1)


def test_a_request_replaced_before_it_began_is_never_run(qtbot, work, lab, paths):
    work.use_starter()
    qtbot.waitUntil(lambda: work.model == "starter", timeout=5000)
    lab.door.clear()
    work.request(0, paths[0])
    qtbot.waitUntil(lambda: lab.detected == [("0", 1)], timeout=5000)
    for image in (1, 2, 3):
        work.request(image, paths[image])
    lab.door.set()
    qtbot.waitUntil(lambda: [answer[0] for answer in work.heard] == [0, 3], timeout=5000)
    assert lab.detected == [("0", 1), ("3", 1)]


def test_new_weights_look_at_the_image_in_view_again_and_the_newest_win(qtbot, work, lab, paths):
    work.use(FakeWeights(("bolt",), {"version": 1}), "first")
    work.request(2, paths[2])
    qtbot.waitUntil(lambda: len(work.heard) == 1, timeout=5000)
    for version in (2, 3):
        work.use_offered(WeightsOffered(100 * version, FakeWeights(("bolt",), {"version": version})))
        qtbot.waitUntil(lambda v=version: work.heard[-1][2] == f"in training, step {v}00", timeout=5000)
    assert lab.detected == [("2", 1), ("2", 2), ("2", 3)]
    assert [round(answer[1][0].score, 1) for answer in work.heard] == [0.1, 0.2, 0.3]
    assert lab.built == 1  # the same network took the new tensors


def test_other_classes_build_another_network(qtbot, work, lab):
    work.use(FakeWeights(("bolt",), {"version": 1}), "one")
    qtbot.waitUntil(lambda: work.model == "one", timeout=5000)
    work.use(FakeWeights(("bolt", "nut"), {"version": 2}), "two")
    qtbot.waitUntil(lambda: work.classes == ("bolt", "nut"), timeout=5000)
    assert lab.built == 2


def test_going_back_to_an_image_runs_nothing_while_the_weights_are_the_same(qtbot, work, lab, paths):
    work.use_starter()
    for image in (0, 1, 0):
        work.request(image, paths[image])
        qtbot.waitUntil(lambda i=image: bool(work.heard) and work.heard[-1][0] == i, timeout=5000)
    assert [answer[0] for answer in work.heard] == [0, 1, 0]
    assert lab.detected == [("0", 1), ("1", 1)]


def test_weights_that_cannot_be_read_leave_the_old_ones_at_work(qtbot, work, lab, paths):
    work.use_starter()
    qtbot.waitUntil(lambda: work.model == "starter", timeout=5000)
    with qtbot.waitSignal(work.failed, timeout=5000) as failed:
        work.use_file(Path("notes.txt"))
    assert failed.args == ["notes.txt is not a weights file."]
    assert (work.model, work.loading) == ("starter", "")
    with qtbot.waitSignal(work.detected, timeout=5000):
        work.request(1, paths[1])


def test_a_detector_that_breaks_is_told_once_and_the_thread_lives_on(qtbot, work, lab, paths, monkeypatch):
    sentences: list[str] = []
    work.failed.connect(sentences.append)
    work.use_starter()
    detect = lab.detect
    lab.detect = lambda pixels: {}[0]
    for image in (0, 1):
        work.request(image, paths[0])
        qtbot.wait(30)
    assert len(sentences) == 1
    assert "looking at “0.jpg” (KeyError)" in sentences[0]
    lab.detect = detect
    with qtbot.waitSignal(work.detected, timeout=5000):
        work.request(2, paths[2])


def test_a_picture_that_cannot_be_read_is_left_to_who_shows_it(qtbot, work, lab, paths):
    sentences: list[str] = []
    work.failed.connect(sentences.append)
    work.use_starter()
    work.request(9, paths[0].with_name("9.jpg"))
    qtbot.wait(50)
    assert sentences == []
    assert work.heard == []


def test_nothing_is_looked_at_once_the_image_was_released(qtbot, work, lab, paths):
    work.request(0, paths[0])
    work.release()
    with qtbot.waitSignal(work.model_changed, timeout=5000):
        work.use_starter()
    qtbot.wait(30)
    assert lab.detected == []


def test_asleep_nothing_is_loaded_until_it_is_woken(qtbot, lab, paths):
    work = DetectionWork(read=lab.read_image, load=lab.load, make=lab.make, asleep=True)
    work.use_starter()
    work.request(0, paths[0])
    qtbot.wait(30)
    assert lab.threads == set()
    with qtbot.waitSignal(work.detected, timeout=5000):
        work.wake()
    assert work.close()


def test_an_answer_for_a_project_that_was_closed_is_dropped(qtbot, work, lab, paths):
    work.use_starter()
    lab.door.clear()
    work.request(0, paths[0])
    qtbot.waitUntil(lambda: len(lab.detected) == 1, timeout=5000)
    work.open()
    lab.door.set()
    qtbot.wait(50)
    assert work.heard == []
