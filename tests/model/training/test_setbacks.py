"""What goes wrong while nobody looks: losses without bound, full disks, folders and images that go away."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from model.data.opening import ProjectError
from model.data.runs import checkpoint_of
from model.network.weights import load
from model.records import EpochEnded, Setback, Snapshot, StepEnded, TrainEvent, TrainingEnded
from model.training import keeper, outcome, waiting
from model.training.checkpoint import load_checkpoint
from model.training.errors import TrainingError
from model.training.learner import Learner
from model.training.train import train
from tests.model.training.scenes import SETTINGS, scenes

pytestmark = pytest.mark.usefixtures("every_step")


def setbacks(events: list[TrainEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Setback)]


def blowing_up(monkeypatch: pytest.MonkeyPatch, at: set[int]) -> list[dict[str, Tensor]]:
    """Losses and weights run away in these calls of Learner.step, counted from 1. Gives the states before each."""
    states: list[dict[str, Tensor]] = []
    step = Learner.step

    def run(self: Learner, samples: Any, rate: float, seed: int = 0) -> dict[str, Tensor]:
        states.append({name: tensor.clone() for name, tensor in self.state().items()})
        if len(states) in at:
            with torch.no_grad():
                self.network.head.classification_head.cls_logits.bias.fill_(float("nan"))
        return step(self, samples, rate, seed)

    monkeypatch.setattr(Learner, "step", run)
    return states


def test_a_loss_without_bound_goes_back_to_the_last_good_state_at_a_lower_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = blowing_up(monkeypatch, at={4})
    settings = replace(SETTINGS, epochs=3, schedule="constant", warmup_steps=0)
    events = list(train(lambda: scenes(tmp_path), settings, tmp_path / "m.safetensors"))
    (text,) = setbacks(events)
    assert ".png" in text
    assert "quarter of the learning rate" in text
    # two steps an epoch: the checkpoint was written before the third step, which so is lost; the fifth goes on from it
    assert all(torch.equal(states[4][name], states[2][name]) for name in states[2])
    assert not all(torch.equal(states[3][name], states[2][name]) for name in states[2])
    rates = {e.step: e.learning_rate for e in events if isinstance(e, StepEnded)}
    assert (rates[3], rates[5]) == (SETTINGS.learning_rate, 0.25 * SETTINGS.learning_rate)
    assert isinstance(events[-1], TrainingEnded)
    assert all(tensor.isfinite().all() for tensor in load(tmp_path / "m.safetensors").tensors.values())


def test_after_three_setbacks_the_run_gives_up_with_a_reason_and_its_last_good_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blowing_up(monkeypatch, at={3, 4, 5, 6})
    out, events = tmp_path / "m.safetensors", []
    run = train(lambda: scenes(tmp_path), replace(SETTINGS, epochs=9), out)
    with pytest.raises(TrainingError, match=r"4 times, at last with .*\.png.*lower learning rate"):
        events.extend(run)
    for event in train(lambda: scenes(tmp_path), SETTINGS, out, resume=out):  # what is left is sound
        events.append(event)
        break
    assert all(tensor.isfinite().all() for tensor in load(out).tensors.values())
    assert load_checkpoint(checkpoint_of(out)).position.setbacks == 4


# ------------------------------------------------------------------------------------------ disks


def refusing(times: int, write: Callable[..., None]) -> Callable[..., None]:
    """Writes as `write` does, but finds the disk full the first few times."""
    left = [times]

    def run(*arguments: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        write(*arguments)

    return run


def test_a_checkpoint_that_does_not_fit_on_the_disk_is_told_once_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "save_checkpoint", refusing(99, keeper.save_checkpoint))
    events = list(
        train(lambda: scenes(tmp_path, train=4), replace(SETTINGS, epochs=4), tmp_path / "m.safetensors")
    )
    (text,) = setbacks(events)
    assert "m.resume.safetensors” could not be written: No space left on device" in text
    assert isinstance(events[-1], TrainingEnded)


def test_a_model_that_does_not_fit_on_the_disk_waits_for_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "RETRY_S", 0.01)
    monkeypatch.setattr(outcome, "save", refusing(3, outcome.save))
    out = tmp_path / "m.safetensors"
    events = list(train(lambda: scenes(tmp_path, train=4), SETTINGS, out))
    (text,) = setbacks(events)
    assert f"“{out}” could not be written: No space left on device. Training waits" in text
    assert isinstance(events[-1], TrainingEnded)
    assert load(out).classes == ("square", "disc")


def test_closing_on_a_full_disk_says_what_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "save", refusing(99, outcome.save))
    run = train(lambda: scenes(tmp_path, train=4), replace(SETTINGS, epochs=9), tmp_path / "m.safetensors")
    assert any(isinstance(event, StepEnded) for event in run)
    with pytest.raises(TrainingError, match="could not be written: No space left"):
        run.close()
    assert checkpoint_of(tmp_path / "m.safetensors").is_file()  # it was written first: nothing is lost


# ------------------------------------------------------------------------------------------ folders and images


def test_a_folder_that_goes_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "RETRY_S", 0.01)
    folder, away = tmp_path / "drive", tmp_path / "elsewhere"
    folder.mkdir()
    snapshot = scenes(folder, train=8, val=0)
    events: list[TrainEvent] = []
    waited = 0
    for event in train(lambda: snapshot, replace(SETTINGS, epochs=4), tmp_path / "m.safetensors"):
        events.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 0:
            folder.rename(away)
        if away.exists() and setbacks(events):
            waited += 1
            if waited == 3:
                away.rename(folder)
    gone, back = setbacks(events)
    assert f"“{folder}” is not there. Training waits" in gone
    assert "is back" in back
    ended = [event for event in events if isinstance(event, EpochEnded)]
    assert [event.epoch for event in ended] == [0, 1, 2, 3]
    assert not any("Left out" in note for event in ended for note in event.notes)
    assert max(e.step for e in events if isinstance(e, StepEnded)) == 8  # no batch was passed over


def test_an_image_deleted_in_mid_run_is_left_out_and_told(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=8, val=0)
    events: list[TrainEvent] = []
    for event in train(lambda: snapshot, replace(SETTINGS, epochs=3), tmp_path / "m.safetensors"):
        events.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 0:
            (tmp_path / "3.png").unlink()
    notes = [note for event in events if isinstance(event, EpochEnded) for note in event.notes]
    assert len([note for note in notes if "3.png" in note]) == 1
    assert isinstance(events[-1], TrainingEnded)


def test_labels_that_cannot_be_read_once_are_read_the_next_time(tmp_path: Path) -> None:
    few, more = scenes(tmp_path, train=4, val=0), scenes(tmp_path, train=8, val=0)
    answers: list[Snapshot | Exception] = [few, ProjectError("project.db is locked."), more]

    def read() -> Snapshot:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    events = list(train(read, replace(SETTINGS, epochs=3), tmp_path / "m.safetensors"))
    (text,) = setbacks(events)
    assert "goes on with those it has. project.db is locked." in text
    assert {e.step for e in events if isinstance(e, StepEnded)} == {
        1,
        2,
        3,
        4,
    }  # of 4, of 4, then of 8 images
