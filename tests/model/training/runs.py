"""Runs of train() from a snapshot, and what they said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model.records import Snapshot, StepEnded, TrainEvent, TrainSettings
from model.training.train import train
from tests.model.training.scenes import SETTINGS


def run(
    snapshot: Snapshot, out: Path, settings: TrainSettings = SETTINGS, resume: bool = False
) -> list[TrainEvent]:
    return list(train(lambda: snapshot, settings, out, out if resume else None))


def until_step(events: Iterator[TrainEvent], step: int) -> list[TrainEvent]:
    """The events up to this step, which is then over."""
    seen: list[TrainEvent] = []
    for event in events:
        seen.append(event)
        if isinstance(event, StepEnded) and event.step == step:
            break
    return seen


def losses(events: list[TrainEvent]) -> dict[int, tuple[float, ...]]:
    """By step. Told twice, during validation, a step has the same losses."""
    return {e.step: tuple(value for _, value in e.losses) for e in events if isinstance(e, StepEnded)}
