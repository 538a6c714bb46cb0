"""A run that nobody looks after: when it has had enough, while it is held, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.data.runs import checkpoint_of
from model.network.weights import load
from model.records import (
    EpochEnded,
    Hold,
    Metrics,
    StepEnded,
    TrainEvent,
    TrainingEnded,
    WeightsOffered,
)
from model.training.card import card_file
from model.training.evaluate import Findings
from model.training.events_file import events_folder
from model.training.learner import Learner
from model.training.train import train
from tests.model.training.runs import losses, run, until_step
from tests.model.training.scenes import SETTINGS, scenes

# ------------------------------------------------------------------------------------------ when it is enough


def measuring(monkeypatch: pytest.MonkeyPatch, aps: list[float]) -> None:
    """Validation finds these, one after the other."""

    monkeypatch.setattr(Findings, "metrics", lambda _: Metrics(1, aps.pop(0), 0.5, 0.5, 0.5))


@pytest.mark.usefixtures("every_step")
def test_a_patient_run_stops_when_nothing_gets_better_and_keeps_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measuring(monkeypatch, [0.1, 0.4, 0.3, 0.4, 0.35, 0.9])
    out, offered = tmp_path / "m.safetensors", {}
    events = []
    for event in train(lambda: scenes(tmp_path, train=4), replace(SETTINGS, epochs=9, patience=3), out):
        events.append(event)
        if isinstance(event, WeightsOffered):
            offered[event.step] = event.weights
    ended = events[-1]
    assert isinstance(ended, TrainingEnded)
    assert (ended.epochs, ended.reason) == (
        5, "It had learned what it could: none of the last 3 epochs was better than epoch 2.",
    )  # fmt: skip
    assert ended.metrics is not None
    assert ended.metrics.ap == 0.4
    kept = load(out)
    assert all(torch.equal(kept.tensors[name], offered[2].tensors[name]) for name in kept.tensors)
    assert '"ap": 0.4' in kept.about["metrics"]


@pytest.mark.usefixtures("every_step")
def test_the_best_epoch_survives_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, [0.4, 0.1, 0.1, 0.1, 0.1])
    out, settings = tmp_path / "m.safetensors", replace(SETTINGS, epochs=9, patience=3)
    events = train(lambda: scenes(tmp_path, train=4), settings, out)
    best = next(event.weights for event in events if isinstance(event, WeightsOffered))
    until_step(events, 2)
    events.close()
    ended = run(scenes(tmp_path, train=4), out, settings, resume=True)[-1]
    assert isinstance(ended, TrainingEnded)
    assert ended.epochs == 4
    assert ended.metrics is not None
    assert ended.metrics.ap == 0.4
    assert all(torch.equal(tensor, best.tensors[name]) for name, tensor in load(out).tensors.items())


@pytest.mark.usefixtures("every_step")
def test_the_rate_falls_when_nothing_gets_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring(monkeypatch, [0.4, 0.4, 0.4, 0.4, 0.4, 0.4])
    settings = replace(SETTINGS, epochs=6, schedule="plateau", plateau_epochs=2, warmup_steps=0)
    events = run(scenes(tmp_path, train=4), tmp_path / "m.safetensors", settings)
    rates = [e.learning_rate / settings.learning_rate for e in events if isinstance(e, EpochEnded)]
    assert rates == pytest.approx([1, 1, 1, 0.1, 0.1, 0.01])


@pytest.mark.usefixtures("every_step")
def test_frozen_stages_learn_again_one_after_the_other(tmp_path: Path) -> None:
    weights = tmp_path / "start.safetensors"
    run(scenes(tmp_path, train=4), weights, SETTINGS)
    start = load(weights).tensors
    settings = replace(
        SETTINGS, weights=str(weights), norm="frozen", frozen_stages=4, unfreeze_by=0.5, epochs=8,
        average_decay=0.0,
    )  # fmt: skip
    learned: list[set[str]] = []
    events = train(lambda: scenes(tmp_path, train=4), settings, tmp_path / "m.safetensors")
    for event in events:
        if isinstance(event, WeightsOffered):
            now = event.weights.tensors
        elif isinstance(event, EpochEnded):
            parts = ("conv1", "layer1", "layer2", "layer3", "layer4")
            learned.append(
                {
                    p
                    for p in parts
                    if any(f".body.{p}." in n and not torch.equal(now[n], start[n]) for n in now)
                }
            )
    assert [len(parts) for parts in learned[:6]] == [1, 2, 3, 4, 5, 5]
    assert learned[:3] == [{"layer4"}, {"layer4", "layer3"}, {"layer4", "layer3", "layer2"}]


# ------------------------------------------------------------------------------------------ holding


@pytest.mark.usefixtures("every_step")
def test_a_run_that_is_held_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, settings = scenes(tmp_path), replace(SETTINGS, epochs=2)
    whole = losses(run(snapshot, tmp_path / "whole.safetensors", settings))
    said: list[str] = []
    for name in ("release", "take_back"):
        monkeypatch.setattr(Learner, name, lambda self, name=name: said.append(name))
    events = train(lambda: snapshot, settings, tmp_path / "held.safetensors")
    seen: list[TrainEvent] = []
    for event in events:
        seen.append(event)
        if isinstance(event, StepEnded) and event.step == 2 and not said:
            assert events.send(Hold.ASKED) is Hold.HELD
            assert said == ["release"]
    assert said == ["release", "take_back"]
    assert losses(seen) == whole


def test_a_held_run_can_be_closed(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    events = train(lambda: scenes(tmp_path), replace(SETTINGS, epochs=9), out)
    assert any(isinstance(event, StepEnded) for event in events)
    assert events.send(Hold.ASKED) is Hold.HELD
    events.close()
    assert load(out).classes == ("square", "disc")
    assert checkpoint_of(out).is_file()


# ------------------------------------------------------------------------------------------ what is left behind


def test_a_run_leaves_a_card_and_event_files_beside_its_weights(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    run(scenes(tmp_path), out, replace(SETTINGS, epochs=2, tensorboard=True))
    card = card_file(out).read_text("utf-8")
    assert "| Trained | 2 epochs, 32 steps" in card
    assert "“square”" in card
    assert "| AP50 |" in card
    assert list(events_folder(out).glob("events.out.tfevents.*"))


def test_without_the_wish_there_are_no_event_files(tmp_path: Path) -> None:
    run(scenes(tmp_path, train=4), tmp_path / "m.safetensors", SETTINGS)
    assert not events_folder(tmp_path / "m.safetensors").exists()
