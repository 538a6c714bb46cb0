"""What a run leaves in its project: the model, at its end or when stopped, with its newest measures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.work.training import Run, run_training
from model.data.project import Project
from model.data.runs import new_run
from model.records import (
    Architecture,
    EpochEnded,
    Metrics,
    Snapshot,
    TrainEvent,
    TrainingEnded,
    TrainingStarted,
    TrainSettings,
)

FAST = TrainSettings("fast", Architecture("resnet18", 128))


class PlayedTrain:
    """Stands for model.training.train: two epochs; its weights are written when it ends or is closed."""

    def __init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.resumed_from: list[Path | None] = []

    def train(self, read_snapshot, settings: TrainSettings, out: Path, resume=None) -> Iterator[TrainEvent]:
        self.resumed_from.append(resume)
        try:
            yield TrainingStarted("cpu", "float32", 3, 0, ("bolt",), 2, 0)
            for epoch in range(2):
                self.snapshots.append(read_snapshot())
                yield EpochEnded(epoch, 2, (), Metrics(1, 0.3 + 0.1 * epoch, 0.6, 0.2, 0.5), 1e-4, 1.0, 1.0)
        finally:
            out.write_bytes(b"weights")
        yield TrainingEnded(out, None, 2, 1.0)


@pytest.fixture
def played(monkeypatch):
    played = PlayedTrain()
    monkeypatch.setitem(sys.modules, "model.training.train", SimpleNamespace(train=played.train))
    return played


@pytest.fixture
def run(tmp_path):
    with Project.open(tmp_path) as project:
        return Run(tmp_path, new_run(project.models_folder, "fast"), FAST, False)


def models(folder: Path) -> list[tuple[str, str, tuple[str, ...], float | None]]:
    with Project.open(folder) as project:
        return [(model.file, model.preset, model.classes, model.ap) for model in project.models()]


def test_a_run_that_ended_is_a_model_of_the_project(played, run):
    list(run_training(run))
    assert models(run.folder) == [(run.file.name, "fast", ("bolt",), pytest.approx(0.4))]
    assert played.snapshots[0].folder == run.folder
    assert played.resumed_from == [None]


def test_a_run_that_was_stopped_is_a_model_too_and_its_measures_grow_when_it_is_resumed(played, run):
    events = run_training(run)
    while not isinstance(next(events), EpochEnded):
        pass
    events.close()
    assert models(run.folder) == [(run.file.name, "fast", ("bolt",), pytest.approx(0.3))]
    list(run_training(Run(run.folder, run.file, FAST, True)))
    assert models(run.folder) == [(run.file.name, "fast", ("bolt",), pytest.approx(0.4))]
    assert played.resumed_from == [None, run.file]


def test_a_run_that_failed_before_it_had_weights_leaves_nothing(played, run, monkeypatch):
    def fails(*args, **kwargs) -> Iterator[TrainEvent]:
        raise ValueError("None of the images could be read.")
        yield

    monkeypatch.setitem(sys.modules, "model.training.train", SimpleNamespace(train=fails))
    with pytest.raises(ValueError, match="None of the images"):
        list(run_training(run))
    assert models(run.folder) == []
