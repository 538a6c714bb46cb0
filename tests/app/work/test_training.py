"""A run beside the window: what it says, how it stops, what is missing."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest

from app.work.history import MOST_POINTS, Curve, History
from app.work.job import stop_all
from app.work.training import LEAST_IMAGES, SWITCH_INTERVAL_S, Phase, Run, TrainingWork
from model.data.runs import checkpoint_of
from model.records import (
    Architecture,
    EpochEnded,
    ImageRow,
    Metrics,
    ModelRow,
    Setback,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
    WeightsOffered,
)

STARTED = TrainingStarted("cpu", "bfloat16", 8, 2, ("bolt",), 3, 0, ("a.jpg cannot be read.",))
METRICS = Metrics(2, 0.5, 0.8, 0.6, 0.55)


def step(number: int) -> StepEnded:
    return StepEnded(0, 3, number, 30, (("class", 1 / number), ("box", 0.5)), 1e-4, 20.0, 60.0)


@dataclass
class FakeProject:
    models_folder: Path

    def models(self) -> tuple[ModelRow, ...]:
        """As run_training() enters them: here, every weights file."""
        files = sorted(self.models_folder.glob("*-fast.safetensors"), reverse=True)
        return tuple(ModelRow(1, f.stem, f.name, "", "fast", ("nut",), None, None) for f in files)


@dataclass
class FakeDocument:
    folder: Path
    rows: tuple[ImageRow, ...] = tuple(ImageRow(n, f"{n}.jpg", box_count=1) for n in range(1, 5))
    is_open: bool = True
    project: FakeProject = field(init=False)

    def __post_init__(self) -> None:
        self.project = FakeProject(self.folder)

    def images(self) -> tuple[ImageRow, ...]:
        return self.rows


class FakeTraining:
    """A generator like train(): writes a checkpoint when it is closed, the weights at its end."""

    def __init__(self, steps: int = 3) -> None:
        self.steps = steps
        self.runs: list[Run] = []
        self.thread = 0
        self.nice = 0
        self.error: Exception | None = None
        self.first: tuple[TrainEvent, ...] = ()

    def __call__(self, run: Run) -> Iterator[TrainEvent]:
        self.runs.append(run)
        self.thread = threading.get_ident()
        if sys.platform == "linux":
            self.nice = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        checkpoint = checkpoint_of(run.file)
        try:
            yield STARTED
            yield from self.first
            for number in range(1, self.steps + 1):
                time.sleep(0.001)
                yield step(number)
                yield WeightsOffered(number, f"weights {number}")
                if self.error:
                    raise self.error
            yield EpochEnded(0, 3, (("class", 0.1), ("box", 0.2)), METRICS, 1e-4, 20.0, 5.0)
        except GeneratorExit:
            checkpoint.write_bytes(b"checkpoint")
            run.file.write_bytes(b"weights so far")
            raise
        run.file.write_bytes(b"weights")
        checkpoint.unlink(missing_ok=True)
        yield TrainingEnded(run.file, METRICS, 3, 5.0)


FAST = TrainSettings("fast", Architecture("resnet18", 128))


@pytest.fixture
def fake():
    return FakeTraining()


@pytest.fixture
def work(qtbot, tmp_path, fake, monkeypatch):
    monkeypatch.setattr(TrainingWork, "presets", lambda self: (FAST,))
    work = TrainingWork(FakeDocument(tmp_path), run=fake)
    work.choose(FAST)
    work.heard = []
    for name in ("started", "step_ended", "epoch_ended", "weights_offered", "ended", "failed", "model_saved"):
        getattr(work, name).connect(lambda value, name=name: work.heard.append((name, value)))
    work.stopped.connect(lambda: work.heard.append(("stopped", None)))
    yield work
    assert stop_all(5)


def names(work: TrainingWork) -> list[str]:
    return [name for name, _ in work.heard]


def test_a_run_says_everything_in_order_and_ends_with_its_model(qtbot, work, fake, tmp_path):
    with qtbot.waitSignal(work.model_saved, timeout=5000) as saved:
        work.start()
        assert work.phase is Phase.STARTING
    steps = ["step_ended", "weights_offered"] * 3
    assert names(work) == ["started", *steps, "epoch_ended", "ended", "model_saved"]
    file = saved.args[0]
    assert file.parent == tmp_path
    assert file.name.endswith("-fast.safetensors")
    assert work.outcome == f"Done. The model is {file.name}."
    assert work.phase is Phase.IDLE
    assert work.interrupted() is None


def test_the_next_run_goes_on_from_what_this_one_has_learned(qtbot, work):
    assert work.plan.weights == "starter"
    work.start()
    qtbot.waitUntil(lambda: not work.is_running, timeout=5000)
    assert work.plan.weights == str(work.run.file)
    work.on_opened(work.run.folder)
    assert work.plan.weights == str(work.run.file)


def test_training_gives_way_to_the_window(qtbot, work, fake):
    before = sys.getswitchinterval()
    fake.steps = 10_000
    with qtbot.waitSignal(work.started, timeout=5000):
        work.start()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S, rel=0.01)
    work.stop()
    qtbot.waitUntil(lambda: not work.is_running, timeout=5000)
    assert sys.getswitchinterval() == pytest.approx(before)
    assert fake.thread != threading.get_ident()
    if sys.platform == "linux":
        own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        assert fake.nice == min(19, max(own, 10))


def test_stopping_leaves_a_checkpoint_and_a_model_and_the_run_can_be_resumed(qtbot, work, fake):
    fake.steps = 10_000
    with qtbot.waitSignal(work.step_ended, timeout=5000):
        work.start()
    work.stop()
    assert work.phase is Phase.STOPPING
    qtbot.waitUntil(lambda: not work.is_running, timeout=5000)
    file = fake.runs[0].file
    assert names(work)[-2:] == ["stopped", "model_saved"]
    assert checkpoint_of(file).exists()
    assert work.interrupted() == file
    fake.steps = 2
    with qtbot.waitSignal(work.ended, timeout=5000):
        work.start(resume=True)
    assert [(run.file, run.resumes) for run in fake.runs] == [(file, False), (file, True)]


def test_pause_holds_the_run_and_the_key_goes_on(qtbot, work, fake):
    fake.steps = 10_000
    with qtbot.waitSignal(work.step_ended, timeout=5000):
        work.toggle()
    work.toggle()
    assert work.is_paused
    qtbot.wait(30)
    stood_at = len(work.heard)
    qtbot.wait(50)
    assert len(work.heard) == stood_at
    work.toggle()
    assert work.phase is Phase.RUNNING
    qtbot.waitUntil(lambda: len(work.heard) > stood_at, timeout=5000)


def test_closing_the_window_leaves_a_checkpoint(qtbot, work, fake):
    fake.steps = 10_000
    with qtbot.waitSignal(work.step_ended, timeout=5000):
        work.start()
    assert stop_all(5)  # what the closing window calls
    assert checkpoint_of(fake.runs[0].file).exists()


def test_a_failure_reaches_the_person_as_a_sentence(qtbot, work, fake):
    fake.error = RuntimeError("CUDA error: device-side assert triggered\n  File kernel.cu, line 3")
    with qtbot.waitSignal(work.failed, timeout=5000) as failed:
        work.start()
    sentence = "Something went wrong inside Fovea while training (RuntimeError). The details are in the log."
    assert failed.args == [sentence]
    qtbot.waitUntil(lambda: not work.is_running, timeout=5000)
    assert work.outcome == sentence


@pytest.mark.parametrize(("labelled", "missing"), [(0, 3), (2, 1), (3, 0), (50, 0)])
def test_images_with_boxes_that_are_missing_are_counted(qtbot, tmp_path, labelled, missing):
    rows = tuple(ImageRow(n, f"{n}.jpg", box_count=int(n < labelled)) for n in range(60))
    unreadable = ImageRow(99, "99.jpg", box_count=4, problem="The file is gone.")
    work = TrainingWork(FakeDocument(tmp_path, (unreadable, *rows)), run=FakeTraining())
    assert LEAST_IMAGES == 3
    assert work.missing_images() == missing


def test_what_is_missing_is_told_when_it_changes_and_not_at_every_box(qtbot, tmp_path):
    document = FakeDocument(tmp_path, ())
    work = TrainingWork(document, run=FakeTraining())
    told: list[int] = []
    work.state_changed.connect(lambda: told.append(work.missing_images()))
    for labelled in (0, 1, 1, 1, 2, 3, 4, 5):
        document.rows = tuple(ImageRow(n, f"{n}.jpg", box_count=1) for n in range(labelled))
        work.on_labels_changed(0)
    assert told == [2, 1, 0]


def test_nothing_starts_while_images_are_missing(qtbot, tmp_path, fake):
    work = TrainingWork(FakeDocument(tmp_path, ()), run=fake)
    work.choose(FAST)
    work.start()
    assert not work.is_running
    assert fake.runs == []


def test_a_plan_that_contradicts_itself_is_told_and_does_not_start(qtbot, work, fake):
    work.choose(replace(FAST, scale_jitter=(2.0, 0.5)))
    assert work.flaw() == "scale_jitter is (2.0, 0.5); the lower factor comes first"
    with qtbot.waitSignal(work.failed) as failed:
        work.start()
    assert failed.args == [work.flaw()]
    assert not work.is_running
    work.choose(FAST)
    assert work.flaw() == ""


def test_a_setback_is_told_and_stays_among_the_notes(qtbot, work, fake):
    said = Setback("The disk is full. Training goes on.")
    fake.first = (said,)
    with qtbot.waitSignal(work.set_back, timeout=5000) as told:
        work.start()
    qtbot.waitUntil(lambda: not work.is_running, timeout=5000)
    assert told.args == [said.text]
    assert work.history.notes[-1] == said.text


def test_another_folder_stops_the_run(qtbot, work, fake, tmp_path):
    fake.steps = 10_000
    with qtbot.waitSignal(work.step_ended, timeout=5000):
        work.start()
    work.on_opened(tmp_path)
    assert work.phase is Phase.RUNNING
    with qtbot.waitSignal(work.stopped, timeout=5000):
        work.on_opened(tmp_path / "other")


def test_a_curve_of_any_length_stays_short_and_keeps_its_mean():
    curve = Curve()
    for x in range(10 * MOST_POINTS):
        curve.add(x, x)
    points = curve.points()
    assert len(points) <= MOST_POINTS
    assert points[0] == (7.5, 7.5)  # the mean of 0..15
    assert all(x == y for x, y in points)


def test_a_step_told_again_is_one_point():
    history = History()
    for number in (1, 2, 2, 3):
        history.add(step(number))
    assert [x for x, _ in history.losses["class"].points()] == [1, 2, 3]


def test_a_note_is_told_once():
    history = History()
    history.add(STARTED)
    history.add(EpochEnded(0, 3, (), None, 1e-4, 1.0, 1.0, ("a.jpg cannot be read.", "b.jpg is gone.")))
    assert history.notes == ("a.jpg cannot be read.", "b.jpg is gone.")
    assert history.metrics is None


def write_model(folder: Path, name: str, architecture: Architecture) -> Path:
    """A weights file's header, without tensors."""
    header = {"__metadata__": {"architecture": json.dumps(asdict(architecture))}}
    text = json.dumps(header).encode()
    file = folder / f"{name}-fast.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text)
    return file


def test_an_opened_folder_goes_on_with_the_network_of_its_newest_model(work, tmp_path):
    fitted = replace(FAST.architecture, anchor_sizes=(9, 17, 40, 80, 200))
    model = write_model(tmp_path, "20250101-120000", fitted)
    work.on_opened(tmp_path)
    assert (work.plan.architecture, work.plan.weights) == (fitted, str(model))
    other = tmp_path / "other"
    other.mkdir()
    work._document = FakeDocument(other)
    work.on_opened(other)
    assert work.plan == FAST


def test_a_model_that_does_not_say_its_network_changes_no_plan(work, tmp_path):
    (tmp_path / "20250101-120000-fast.safetensors").write_bytes(b"damaged")
    work.on_opened(tmp_path)
    assert work.plan.architecture == FAST.architecture
