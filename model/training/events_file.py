"""What a run tells, as event files for TensorBoard: tensorboard --logdir <folder of the project>/.fovea/models."""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.data.runs import WEIGHTS
from model.records import EpochEnded, Metrics, StepEnded, TrainEvent, WeightsOffered

FLUSH_S = 10.0  # TensorBoard itself looks every 30 s
MEASURES = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar100", "voc_ap")


def events_folder(weights: Path) -> Path:
    """Where the event files of a run lie: beside its weights file."""
    return weights.with_name(weights.name.removesuffix(WEIGHTS) + ".events")


class EventsFile:
    """One event file: each start and each resumption of a run has its own, in the run's folder.

    Written by tensorboardX's own record writer, here and now: its SummaryWriter has a queue and a thread,
    in which an error would be lost.
    """

    def __init__(self, weights: Path, purge_step: int = 0) -> None:
        """purge_step: where a resumed run goes on; what was written of later steps is no longer shown.

        Nothing is written before the first event.
        """
        self._folder = events_folder(weights)
        self._purge_step = purge_step
        self._step = purge_step
        self._writer: Any = None
        self._has_failed = False
        self._flushed = 0.0

    def add(self, event: TrainEvent) -> str:
        """Write what there is to draw of an event.

        The sentence that it could not be done, once: after that nothing is written. Else "".
        """
        values = dict(self._values(event))
        if not values or self._has_failed:
            return ""
        try:
            self._write(values)
            if isinstance(event, EpochEnded) or time.monotonic() - self._flushed > FLUSH_S:
                self._writer.flush()
                self._flushed = time.monotonic()
        except OSError as error:
            self._has_failed = True
            self.close()
            return (
                f"TensorBoard's event file in {self._folder.name} can no longer be written "
                f"({error.strerror or error}); training goes on without it."
            )
        return ""

    def close(self) -> None:
        """Nothing is written after this. What does not fit on the disk is left out: the run does not need it."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
            self._writer = None
        self._has_failed = True

    def _values(self, event: TrainEvent) -> Iterator[tuple[str, float]]:
        match event:
            case WeightsOffered():
                self._step = event.step  # also at an epoch's end, just before it is measured
            case StepEnded() if event.step > self._step or self._writer is None:
                self._step = event.step
                yield from ((f"loss/{name}", value) for name, value in event.losses)
                yield "learning rate", event.learning_rate
                yield "speed/images per second", event.images_per_second
                if event.device_memory:
                    yield "device memory, GB", event.device_memory / 1e9
            case EpochEnded():
                yield "epoch", event.epoch + 1
                yield from ((f"loss of the epoch/{name}", value) for name, value in event.losses)
                yield from _measures(event.metrics)

    def _write(self, values: dict[str, float]) -> None:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.proto.summary_pb2 import Summary

        if self._writer is None:
            self._writer = self._begin()
        summary = Summary(
            value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        )
        event = Event(wall_time=time.time(), step=self._step, summary=summary)
        self._writer.write(event.SerializeToString())

    def _begin(self) -> Any:
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.record_writer import RecordWriter

        self._folder.mkdir(exist_ok=True)
        # in this form, and in this order, TensorBoard looks for them
        name = f"events.out.tfevents.{time.time_ns():020d}.{platform.node()}"
        writer = RecordWriter(str(self._folder / name))
        log = SessionLog(status=SessionLog.START)
        for event in (Event(file_version="brain.Event:2"), Event(step=self._purge_step, session_log=log)):
            event.wall_time = time.time()
            writer.write(event.SerializeToString())
        return writer


def _measures(metrics: Metrics | None) -> Iterator[tuple[str, float]]:
    if metrics is None:
        return
    for name in MEASURES:
        if (value := getattr(metrics, name)) is not None:
            yield f"measures/{name}", value
    for c in metrics.per_class:
        if c.ap is not None:
            yield f"AP of each class/{c.name}", c.ap
