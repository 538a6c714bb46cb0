"""The loop: for event in train(snapshot, settings, out)."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from model.records import Hold, ReadSnapshot, Setback, TrainEvent, TrainSettings
from model.training.clock import Clock
from model.training.run import Run


def train(
    read_snapshot: ReadSnapshot, settings: TrainSettings, out: Path, resume: Path | None = None
) -> Generator[TrainEvent, Hold | None, None]:
    """Train a detector on the labels that read_snapshot() gives, asked anew before each epoch.

    out: the weights file to write, at the end and when the generator is closed. While a run is not over, a
    checkpoint lies beside it. resume: the weights file of the interrupted run (it need not exist yet, its
    checkpoint must); the run then goes on with its own settings, but on the device asked for now.
    Weights to start from that are not on this machine are downloaded first, told as Progress; closing then
    leaves nothing. send(Hold.ASKED) gives the GPU's memory back and yields Hold.HELD; the next event takes it
    again. Under torchrun each process calls this with the same arguments; the first one writes the files.

    Until training starts, raises TrainingError and WeightsError when it cannot begin, and ValueError for
    settings that make no sense. Later, raises TrainingError where going on is of no use, and where the model
    cannot be written when the generator is closed.
    """
    clock = Clock()
    run = Run(read_snapshot, settings, out, resume, clock)
    events, record = run.events(), run.record()
    try:
        for event in events:
            trouble = record.add(event) if record is not None else ""
            for each in (event, Setback(trouble)) if trouble else (event,):
                clock.pause()  # whoever takes the event may hold on to it for hours
                if (yield each) is Hold.ASKED:
                    run.learner.release()
                    yield Hold.HELD
                    run.learner.take_back()
                clock.go()
    finally:
        events.close()
        if record is not None:
            record.close()
