"""The training panel: what it offers in each state, and what it shows of a run."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from PySide6.QtCore import Qt

from app.panels.training import PANEL, TrainingPanel
from app.panels.training_plan import plan_in_words
from app.work.training import Phase
from model.data.runs import checkpoint_of
from model.records import EpochEnded, Metrics, ModelRow, Progress, StepEnded, TrainingEnded, TrainingStarted
from tests.app.panels.fakes import FAST, row
from tests.app.widgets.typing_in import enter

STARTED = TrainingStarted("cpu", "bfloat16", 8, 2, ("bolt",), 30, 0, ("a.jpg cannot be read.",))
LOSSES = (("class", 0.5), ("box", 0.25))


def step(number: int) -> StepEnded:
    return StepEnded(2, 30, number, 100, LOSSES, 1e-4, 21.3, 200.0)


@pytest.fixture
def panel(qtbot, work_context):
    panel = TrainingPanel(work_context)
    qtbot.addWidget(panel)
    panel.resize(300, 900)
    panel.show()
    return panel


def run(qtbot, context, *events) -> None:
    context.fake_training.events.extend(events)
    if not context.training.is_running:
        context.training.start()
    last = events[-1]
    qtbot.waitUntil(
        lambda: (
            last in (context.training.history.started, context.training.history.step)
            or last in context.training.history.epochs
        ),
        timeout=5000,
    )


def test_it_is_a_panel():
    assert (PANEL.name, PANEL.area, PANEL.make) == ("training", "right", TrainingPanel)


def test_train_is_off_and_says_what_is_missing(qtbot, panel, work_context):
    work_context.document.rows = (row(0), row(1, boxes=0))
    work_context.training.on_labels_changed(1)
    assert not panel._train.isEnabled()
    assert panel._train.toolTip() == "To train: 2 more images with boxes."
    assert panel._hint.isVisible()
    work_context.document.rows = (row(0), row(1), row(2))
    work_context.training.on_labels_changed(1)
    assert panel._train.isEnabled()
    assert not panel._hint.isVisible()


def test_each_recipe_is_explained(qtbot, panel, work_context):
    assert [panel._plan._preset.itemText(n) for n in range(2)] == ["Fast", "Paper"]
    assert panel._plan._words.text().endswith("ResNet-18 at 320 px.")
    panel._plan._preset.setCurrentIndex(1)
    panel._plan._preset.activated.emit(1)
    assert work_context.training.plan.preset == "paper"
    assert panel._plan._words.text().endswith("ResNet-50 at 600 to 1000 px.")
    assert panel._plan._epochs.value() == 12


def test_the_length_is_in_epochs_or_in_minutes(panel, work_context):
    plan = panel._plan
    enter(plan._epochs, "7")
    assert (work_context.training.plan.epochs, work_context.training.plan.minutes) == (7, None)
    plan._unit.setCurrentIndex(1)
    plan._unit.activated.emit(1)
    enter(plan._minutes, "25")
    assert work_context.training.plan.minutes == 25.0
    plan._unit.setCurrentIndex(0)
    plan._unit.activated.emit(0)
    assert (work_context.training.plan.epochs, work_context.training.plan.minutes) == (7, None)
    assert plan._epochs.value() == 7


@pytest.mark.parametrize(
    ("epochs", "minutes", "words"),
    [
        (30, None, "30 epochs"),
        (1, None, "1 epoch"),
        (1200, None, "1,200 epochs"),
        (30, 1.0, "1 minute"),
        (30, 10.0, "10 minutes"),
        (30, 1.5, "1.5 minutes"),
    ],
)
def test_a_plan_in_words_counts_as_people_do(epochs, minutes, words):
    plan = replace(FAST, epochs=epochs, minutes=minutes)
    assert plan_in_words(plan, "Starter weights") == f"Fast, {words}, from: Starter weights"


def test_the_devices_are_those_of_the_machine_once_they_are_known(panel, work_context):
    device = panel._plan._device
    assert [device.itemText(n) for n in range(device.count())] == ["Automatic", "Processor (CPU)"]
    work_context.training.on_devices_known(("cpu", "cuda"))
    assert [device.itemData(n) for n in range(device.count())] == ["auto", "cpu", "cuda"]


def test_train_pause_and_stop_change_places(qtbot, panel, work_context):
    training = work_context.training
    qtbot.mouseClick(panel._train, Qt.MouseButton.LeftButton)
    assert training.phase is Phase.STARTING
    assert not panel._train.isVisible()
    assert not panel._plan.isVisible()
    assert panel._plan_line.text() == "Fast, 30 epochs, from: Starter weights"
    run(qtbot, work_context, STARTED, step(5))
    qtbot.mouseClick(panel._pause, Qt.MouseButton.LeftButton)
    assert training.is_paused
    assert panel._pause.text() == "Go on"
    assert panel._speed.text().startswith("Paused.")
    qtbot.mouseClick(panel._pause, Qt.MouseButton.LeftButton)
    assert panel._pause.text() == "Pause"
    qtbot.mouseClick(panel._stop, Qt.MouseButton.LeftButton)
    assert not panel._stop.isEnabled() or not training.is_running
    qtbot.waitUntil(lambda: not training.is_running, timeout=5000)
    assert panel._train.isVisible()
    assert panel._outcome.text() == "Stopped. There is no model yet."


def test_a_download_shows_its_bytes_and_can_be_stopped(qtbot, panel, work_context):
    training = work_context.training
    some = Progress(34_000_000, 137_000_000, "Downloading COCO weights: 34 of 137 MB, 12.1 MB/s, 9 s left")
    with qtbot.waitSignal(training.fetch_went_on, timeout=5000):
        work_context.fake_training.events.append(some)
        training.start()
    assert training.phase is Phase.FETCHING
    assert panel._speed.text() == some.text
    assert panel._bar.value() / panel._bar.maximum() == pytest.approx(34 / 137, abs=0.001)
    assert not panel._pause.isEnabled()  # a server does not wait
    training.toggle()
    assert not training.is_paused
    qtbot.mouseClick(panel._stop, Qt.MouseButton.LeftButton)
    assert panel._speed.text() == "Stopping…"
    qtbot.waitUntil(lambda: not training.is_running, timeout=5000)
    assert panel._outcome.text() == "Stopped. There is no model yet."


def test_after_a_download_training_starts(qtbot, panel, work_context):
    run(qtbot, work_context, Progress(1, 2, "Downloading"), STARTED)
    assert work_context.training.phase is Phase.RUNNING
    assert work_context.training.fetched is None
    run(qtbot, work_context, step(5))
    assert panel._speed.text().startswith("Epoch 3 of 30")
    assert panel._bar.value() / panel._bar.maximum() == 0.05


def test_a_step_shows_how_far_how_fast_and_how_long(qtbot, panel, work_context):
    run(qtbot, work_context, STARTED, step(40), step(41))
    assert panel._bar.value() / panel._bar.maximum() == 0.41
    assert panel._speed.text() == "Epoch 3 of 30 · CPU 21 img/s · 3 min left · rate 0.0001"
    work_context.training.state_changed.emit()  # draws what the last second did not
    assert panel._losses.points("class") == ((40, 0.5), (41, 0.5))
    assert panel._losses.isVisible()
    assert panel._notes.text() == "• a.jpg cannot be read."


def test_an_epoch_shows_its_measures_in_words_and_on_the_chart(qtbot, panel, work_context):
    assert not panel._measures.isVisible()
    metrics = (Metrics(2, 0.5, 0.8, 0.6, 0.55), Metrics(2, 0.61, 0.9, 0.7, 0.66))
    run(
        qtbot,
        work_context,
        STARTED,
        *(EpochEnded(n, 30, LOSSES, m, 1e-4, 20.0, 9.0) for n, m in enumerate(metrics)),
    )
    assert panel._ap.points("AP") == ((1.0, 0.5), (2.0, 0.61))
    assert panel._ap.points("AR") == ((1.0, 0.55), (2.0, 0.66))
    assert {name: label.text() for name, label in panel._measures._numbers.items()} == {
        "AP": "0.61",
        "AP50": "0.90",
        "AR": "0.66",
    }
    assert "overlap" in panel._measures._numbers["AP50"].toolTip()


def test_a_model_of_an_earlier_session_can_be_measured(panel, work_context):
    assert not panel._all_measures.isVisible()
    project = work_context.document.project
    (project.models_folder / "old.safetensors").write_bytes(b"")
    project.rows = (ModelRow(1, "old", "old.safetensors", "", "fast", ("bolt",), None, None),)
    work_context.training.on_opened(work_context.document.folder)
    assert panel._all_measures.isVisible()


def test_at_the_end_it_says_where_the_model_is(qtbot, panel, work_context, tmp_path):
    file = tmp_path / "made.safetensors"
    work_context.fake_training.events += [STARTED, step(100), TrainingEnded(file, None, 30, 60.0)]
    work_context.fake_training.ends = True
    with qtbot.waitSignal(work_context.training.ended, timeout=5000):
        work_context.training.start()
    qtbot.waitUntil(lambda: not work_context.training.is_running, timeout=5000)
    assert panel._outcome.text() == f"Done. The model is {work_context.training.run.file.name}."
    assert panel._train.isVisible()


def test_an_interrupted_run_offers_to_go_on(qtbot, panel, work_context, tmp_path):
    assert not panel._resume.isVisible()
    run_file = tmp_path / "20251120-101500-fast.safetensors"
    checkpoint_of(run_file).write_bytes(b"checkpoint")
    work_context.training.on_opened(tmp_path)
    assert panel._resume.isVisible()
    assert panel._resume.toolTip() == "Goes on: 20251120-101500-fast"
    qtbot.mouseClick(panel._resume, Qt.MouseButton.LeftButton)
    assert (work_context.training.run.file, work_context.training.run.resumes) == (run_file, True)


def test_a_resumed_run_by_minutes_has_no_total_of_epochs(qtbot, panel, work_context, tmp_path):
    settings = json.dumps(asdict(replace(FAST, epochs=5, minutes=10.0)))
    header = json.dumps({"__metadata__": {"settings": settings}}).encode()
    run_file = tmp_path / "20251120-101500-fast.safetensors"
    checkpoint_of(run_file).write_bytes(len(header).to_bytes(8, "little") + header)
    work_context.fake_training.events += [STARTED, step(41)]
    with qtbot.waitSignal(work_context.training.step_ended, timeout=5000):
        work_context.training.start(resume=True)
    assert work_context.training.run.settings.minutes == 10.0
    assert panel._speed.text() == "Epoch 3 · CPU 21 img/s · 3 min left · rate 0.0001"


def test_it_fits_a_narrow_dock(panel):
    assert panel.widget().minimumSizeHint().width() <= 256
