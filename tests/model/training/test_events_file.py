"""TensorBoard's event files: what TensorBoard itself reads of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.records import ClassMetrics, EpochEnded, Metrics, StepEnded, TrainingEnded, WeightsOffered
from model.training.events_file import EventsFile, events_folder


def step(number: int, memory: int = 0) -> StepEnded:
    return StepEnded(0, 2, number, 20, (("class", 1.0 / number), ("box", 0.5)), 1e-4, 12.5, 60.0, memory)


def epoch(ap: float | None) -> EpochEnded:
    metrics = Metrics(8, ap, 0.5, 0.25, 0.4, (ClassMetrics("cat", 3, ap, 0.5),), voc_ap=0.45)
    return EpochEnded(0, 2, (("class", 0.4), ("box", 0.3)), metrics, 1e-4, 12.5, 9.0)


def read(weights: Path) -> dict[str, list[tuple[int, float]]]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulator.EventAccumulator(str(events_folder(weights)))
    events.Reload()
    return {
        tag: [(e.step, pytest.approx(e.value)) for e in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def test_losses_rate_speed_and_memory_are_drawn_over_steps(tmp_path: Path) -> None:
    weights = tmp_path / "20260101-120000-fast.safetensors"
    file = EventsFile(weights)
    for event in (step(1, 3_000_000_000), step(2, 3_100_000_000)):
        assert file.add(event) == ""
    file.close()
    drawn = read(weights)
    assert drawn["loss/class"] == [(1, 1.0), (2, 0.5)]
    assert drawn["learning rate"] == [(1, 1e-4), (2, 1e-4)]
    assert drawn["speed/images per second"] == [(1, 12.5), (2, 12.5)]
    assert drawn["device memory, GB"] == [(1, 3.0), (2, 3.1)]


def test_measures_are_drawn_at_the_step_at_which_the_epoch_ended(tmp_path: Path) -> None:
    weights = tmp_path / "a.safetensors"
    file = EventsFile(weights)
    for event in (step(1), WeightsOffered(7, None), step(1), epoch(0.3)):
        file.add(event)
    file.close()
    drawn = read(weights)
    assert drawn["measures/ap"] == drawn["AP of each class/cat"] == [(7, 0.3)]
    assert drawn["measures/voc_ap"] == [(7, 0.45)]
    assert "measures/ap_small" not in drawn  # nothing small was there
    assert drawn["loss/class"] == [(1, 1.0)]  # told again while it was measured, drawn once


def test_a_resumed_run_goes_on_where_its_checkpoint_was(tmp_path: Path) -> None:
    weights = tmp_path / "a.safetensors"
    first = EventsFile(weights)
    for number in (1, 2, 3, 4):
        first.add(step(number))
    first.close()
    resumed = EventsFile(weights, purge_step=3)
    resumed.add(step(3))
    resumed.add(step(5))
    resumed.close()
    assert [number for number, _ in read(weights)["loss/class"]] == [1, 2, 3, 5]


def test_what_cannot_be_written_is_said_once_and_harms_nothing(tmp_path: Path) -> None:
    weights = tmp_path / "a.safetensors"
    events_folder(weights).write_text("a file where the folder should be")
    file = EventsFile(weights)
    said = file.add(step(1))
    assert "a.events" in said
    assert "training goes on without it" in said
    assert file.add(step(2)) == ""
    file.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk without room, of Linux")
def test_a_full_disk_is_said_once_and_harms_nothing(tmp_path: Path) -> None:
    file = EventsFile(tmp_path / "a.safetensors")
    assert file.add(step(1)) == ""
    with open("/dev/full", "wb") as full:
        file._writer._writer.close()
        file._writer._writer = full
        said = [file.add(epoch(0.1)), file.add(epoch(0.2))]
        file.close()
        full.raw.close()
    assert "No space left on device" in said[0]
    assert said[1] == ""


def test_a_run_that_ends_before_its_first_step_leaves_no_folder(tmp_path: Path) -> None:
    file = EventsFile(tmp_path / "a.safetensors")
    file.add(TrainingEnded(tmp_path / "a.safetensors", None, 0, 0.0))
    file.close()
    assert list(tmp_path.iterdir()) == []
