"""The loop: what it says, what it leaves behind, and what it takes in on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.data.runs import checkpoint_of
from model.detection.detector import Detector
from model.network.sources.source import Source
from model.network.weights import load
from model.records import (
    Box,
    EpochEnded,
    Progress,
    Snapshot,
    StepEnded,
    TrainingEnded,
    TrainingStarted,
    WeightsOffered,
)
from model.training import run as running
from model.training import sampling
from model.training.errors import TrainingError
from model.training.evaluate import Findings, evaluate
from model.training.train import train
from tests.model.network.downloads import resnet18_on, serving
from tests.model.training.runs import losses, run, until_step
from tests.model.training.scenes import BAR, DISC, SETTINGS, SQUARE, draw, relabelled, scenes

ROOT = Path(__file__).resolve().parents[3]


def test_a_tiny_data_set_is_learned_and_measured_as_the_detector_will_do(tmp_path: Path) -> None:
    snapshot, out = scenes(tmp_path), tmp_path / "m.safetensors"
    events = run(snapshot, out, replace(SETTINGS, epochs=3))
    ended = events[-1]
    assert isinstance(ended, TrainingEnded)
    assert ended.metrics is not None
    assert ended.metrics.ap50 is not None
    assert ended.metrics.ap50 > 0.5
    epochs = [e for e in events if isinstance(e, EpochEnded)]
    assert [e.epoch for e in epochs] == [0, 1, 2]
    assert dict(epochs[-1].losses)["class"] < 0.5 * dict(epochs[0].losses)["class"]
    detector = Detector(load(out), "cpu", "float32")
    *_, findings = evaluate(detector.detect, snapshot, snapshot.images[8:])
    assert isinstance(findings, Findings)
    again = findings.metrics()
    assert again.ap == pytest.approx(ended.metrics.ap, abs=1e-3)


@pytest.mark.usefixtures("every_step")
def test_the_events_tell_the_run_in_order(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    events = run(scenes(tmp_path), out)
    kinds = [type(event) for event in events]
    assert kinds[0] is TrainingStarted
    assert kinds[-2:] == [EpochEnded, TrainingEnded]
    assert WeightsOffered in kinds
    assert losses(events).keys() == {1, 2}  # 8 images, 4 at a time
    started = events[0]
    assert isinstance(started, TrainingStarted)
    assert (started.train_images, started.val_images, started.classes) == (8, 2, ("square", "disc"))
    assert load(out).classes == ("square", "disc")
    assert not checkpoint_of(out).exists()  # nothing is left to resume


@pytest.mark.usefixtures("every_step")
def test_closing_leaves_weights_and_a_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    events = train(lambda: scenes(tmp_path), replace(SETTINGS, epochs=9), out)
    until_step(events, 3)
    events.close()  # type: ignore[attr-defined]
    weights = load(out)
    assert (weights.classes, weights.about["steps"]) == (("square", "disc"), "3")
    assert checkpoint_of(out).is_file()


@pytest.mark.usefixtures("every_step")
def test_closing_before_the_first_step_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    events = train(lambda: scenes(tmp_path), SETTINGS, out)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert not out.exists()
    assert not checkpoint_of(out).exists()


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_resumed_run_is_the_run_it_would_have_been(tmp_path: Path, optimizer: str) -> None:
    snapshot = scenes(tmp_path)
    settings = replace(SETTINGS, epochs=2, optimizer=optimizer)
    whole = losses(run(snapshot, tmp_path / "whole.safetensors", settings))
    assert len(whole) == 4

    out = tmp_path / "halves.safetensors"
    events = train(lambda: snapshot, settings, out)
    first = losses(until_step(events, 3))  # in the middle of the second epoch
    events.close()  # type: ignore[attr-defined]
    rest = run(snapshot, out, replace(settings, learning_rate=1.0), resume=True)  # its own settings count

    assert first | losses(rest) == whole  # bit for bit
    ours, theirs = load(out).tensors, load(tmp_path / "whole.safetensors").tensors
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert not checkpoint_of(out).exists()


@pytest.mark.usefixtures("every_step")
def test_a_killed_run_ends_with_the_weights_of_one_left_alone(tmp_path: Path) -> None:
    """kill -9 in the middle of an epoch, in another process; --resume does what this test does then."""
    out, settings = tmp_path / "m.safetensors", replace(SETTINGS, epochs=3)
    snapshot = scenes(tmp_path, train=12, val=2)  # three batches an epoch
    code = f"""
import sys, time, torch
from dataclasses import replace
from pathlib import Path
torch.set_num_threads(1)
from model.records import StepEnded
from model.training import run as running, sampling, train as loop
from tests.model.training.scenes import SETTINGS, scenes
running.CHECKPOINT_S = running.STEP_S = 0.0
sampling.LEAST_STEPS = 1
snapshot = scenes(Path({str(tmp_path)!r}), train=12, val=2)
for event in loop.train(lambda: snapshot, replace(SETTINGS, epochs=3), Path({str(out)!r})):
    if isinstance(event, StepEnded):
        print(event.step, flush=True)
        while event.step == 6:  # the fifth is in a checkpoint by now, which is in the middle of the second epoch
            time.sleep(1)
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert any(int(line) == 6 for line in process.stdout)
    finally:
        process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        process.wait()
        process.stdout.close()
    assert not out.exists()
    steps = losses(run(snapshot, out, settings, resume=True))
    whole = losses(run(snapshot, tmp_path / "whole.safetensors", settings))
    assert 1 < min(steps) <= 6
    assert max(steps) == max(whole) == 9
    assert {step: whole[step] for step in steps} == steps  # bit for bit
    ours, theirs = load(out).tensors, load(tmp_path / "whole.safetensors").tensors
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.usefixtures("every_step")
def test_a_label_added_between_epochs_joins(tmp_path: Path) -> None:
    few, more = scenes(tmp_path, train=4, val=0), scenes(tmp_path, train=8, val=0)
    snapshots = [few, more]
    events = train(lambda: snapshots.pop(0), replace(SETTINGS, epochs=2), tmp_path / "m.safetensors")
    assert losses(list(events)).keys() == {1, 2, 3}  # one step with 4 images, then two with 8


@pytest.mark.usefixtures("every_step")
def test_a_class_added_between_epochs_joins_and_others_keep_what_they_know(tmp_path: Path) -> None:
    before = scenes(tmp_path, train=4, val=0)
    image = draw(tmp_path, 5)
    bar = Box(4, 80, 60, 92, BAR.id)
    after = replace(
        before, classes=(DISC, BAR, SQUARE), images=(*before.images, relabelled(image, *image.boxes, bar))
    )
    snapshots = [before, after]
    settings = replace(SETTINGS, epochs=2, learning_rate=0.0, average_decay=0.0)
    offered = {
        e.step: e.weights
        for e in train(lambda: snapshots.pop(0), settings, tmp_path / "m.safetensors")
        if isinstance(e, WeightsOffered)
    }
    old, new = offered[1], offered[3]
    assert (old.classes, new.classes) == (("square", "disc"), ("disc", "bar", "square"))
    name = "head.classification_head.cls_logits.bias"
    old_rows, new_rows = old.tensors[name].reshape(9, 2), new.tensors[name].reshape(9, 3)
    assert new_rows[:, [2, 0]].tolist() == old_rows.tolist()
    assert new_rows[:, 1].tolist() == pytest.approx([-4.595] * 9, abs=1e-3)  # -log((1 - 0.01) / 0.01)


@pytest.mark.usefixtures("every_step")
def test_a_run_can_be_resumed_after_a_class_was_added(tmp_path: Path) -> None:
    out = tmp_path / "m.safetensors"
    before = scenes(tmp_path, train=4, val=0)
    events = train(lambda: before, replace(SETTINGS, epochs=9), out)
    until_step(events, 1)
    events.close()  # type: ignore[attr-defined]
    after = replace(before, classes=(*before.classes, BAR))
    events = train(lambda: after, SETTINGS, out, resume=out)
    until_step(events, 2)
    events.close()  # type: ignore[attr-defined]
    assert load(out).classes == ("square", "disc", "bar")


@pytest.mark.usefixtures("every_step")
def test_what_cannot_be_learned_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=5, val=0)
    first, second, *others = snapshot.images
    (tmp_path / first.path).write_bytes(b"this is no image")
    flat = Box(10, 10, 10, 40, SQUARE.id)
    broken = replace(snapshot, images=(first, relabelled(second, *second.boxes, flat), *others))
    events = run(broken, tmp_path / "m.safetensors")
    started, ended = events[0], next(e for e in events if isinstance(e, EpochEnded))
    assert isinstance(started, TrainingStarted)
    assert any("2.png: box 3" in note for note in started.notes)
    assert any("1.png" in note for note in ended.notes)
    assert isinstance(events[-1], TrainingEnded)
    assert all(value == value for _, value in ended.losses)  # no NaN


@pytest.mark.usefixtures("every_step")
def test_no_readable_image_at_all_is_an_error(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=3, val=0)
    for image in snapshot.images:
        (tmp_path / image.path).write_bytes(b"this is no image")
    with pytest.raises(TrainingError, match=r"1\.png"):
        run(snapshot, tmp_path / "m.safetensors")


def test_nothing_labelled_is_an_error(tmp_path: Path) -> None:
    empty = Snapshot(tmp_path, (SQUARE,), ())
    with pytest.raises(TrainingError, match="no image has a box"):
        run(empty, tmp_path / "m.safetensors")


@pytest.mark.usefixtures("every_step")
def test_training_by_the_clock_ends_when_the_time_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "LEAST_STEPS", 1000)  # in the middle of an epoch
    settings = replace(SETTINGS, epochs=1, minutes=3 / 60)
    events = run(scenes(tmp_path, train=4, val=0), tmp_path / "m.safetensors", settings)
    ended = events[-1]
    assert isinstance(ended, TrainingEnded)
    assert ended.seconds >= 3
    rates = [e.learning_rate for e in events if isinstance(e, StepEnded)]
    assert rates[-1] < 0.5 * max(rates)  # the cosine followed the clock


@pytest.mark.usefixtures("every_step")
def test_a_pause_does_not_count_as_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    events = train(
        lambda: scenes(tmp_path, train=4, val=0), replace(SETTINGS, minutes=1.0), tmp_path / "m.safetensors"
    )
    for event in events:
        now[0] += 3600  # the person went to lunch
        if isinstance(event, StepEnded) and event.step == 3:
            break
    assert event.seconds_left == pytest.approx(60)
    events.close()  # type: ignore[attr-defined]


@pytest.fixture
def imagenet_on_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("model.network.fetch.TELL_S", 0.0)
    with serving() as server:
        source = resnet18_on(server, tmp_path)
        monkeypatch.setattr("model.network.starting.source_for", lambda kind, backbone: source)
        yield source


FROM_IMAGENET = replace(SETTINGS, weights="imagenet", norm="frozen")


@pytest.mark.usefixtures("every_step")
def test_weights_that_are_not_here_are_downloaded_before_training_starts(
    tmp_path: Path, imagenet_on_a_server: Source
) -> None:
    snapshot, out = scenes(tmp_path, train=4, val=0), tmp_path / "m.safetensors"
    events = run(snapshot, out, FROM_IMAGENET)
    first = [type(event) for event in events].index(TrainingStarted)
    assert first > 1
    assert all(isinstance(event, Progress) for event in events[:first])
    assert not any(isinstance(event, Progress) for event in events[first:])
    assert imagenet_on_a_server.file.is_file()
    again = run(snapshot, out, FROM_IMAGENET)
    assert isinstance(again[0], TrainingStarted)


def test_closing_during_the_download_leaves_nothing(tmp_path: Path, imagenet_on_a_server: Source) -> None:
    out = tmp_path / "m.safetensors"
    events = train(lambda: scenes(tmp_path), FROM_IMAGENET, out)
    for event in events:
        assert isinstance(event, Progress)
        if event.done:
            break
    events.close()  # type: ignore[attr-defined]
    assert list(imagenet_on_a_server.file.parent.iterdir()) == []
    assert not out.exists()
    assert not checkpoint_of(out).exists()


def test_nothing_is_downloaded_for_a_folder_without_labels(
    tmp_path: Path, imagenet_on_a_server: Source
) -> None:
    with pytest.raises(TrainingError, match="no image has a box"):
        run(Snapshot(tmp_path, (SQUARE,), ()), tmp_path / "m.safetensors", FROM_IMAGENET)
    assert not imagenet_on_a_server.file.exists()


def test_offered_weights_are_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "OFFER_S", {"cpu": 0.0})
    events = train(lambda: scenes(tmp_path, train=4, val=0), SETTINGS, tmp_path / "m.safetensors")
    offered = [e.weights for _, e in zip(range(8), events, strict=False) if isinstance(e, WeightsOffered)]
    events.close()  # type: ignore[attr-defined]
    first, second, *_ = (weights.tensors["backbone.body.conv1.weight"] for weights in offered)
    assert not first.equal(second)
