"""How far a run has come and how long it will take, by epochs or by the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.records import TrainSettings
from model.training.clock import Clock


@dataclass(slots=True)
class Position:
    """Where a run stands."""

    epoch: int = 0  # that goes on
    batch: int = 0  # of that epoch, the next to learn
    step: int = 0  # of the whole run, done
    seconds: float = 0.0  # of work, without pauses, when it was written down


class Pace:
    """The run as a share of itself. position is the run's own and moves with it."""

    def __init__(self, settings: TrainSettings, position: Position, clock: Clock) -> None:
        self._epochs = settings.epochs
        self._seconds = None if settings.minutes is None else 60 * settings.minutes
        self._position, self._clock = position, clock
        self.batches = 1  # of the epoch that goes on

    @property
    def share(self) -> float:
        """How much of the run is over: 0..1, a little more when the last step took long."""
        if self._seconds is not None:
            return self._clock.seconds / self._seconds
        return (self._position.epoch + self._position.batch / self.batches) / self._epochs

    @property
    def time_is_up(self) -> bool:
        """Whether a run by the clock must end, in the middle of an epoch if need be."""
        return self._seconds is not None and self._position.step > 0 and self.share >= 1

    @property
    def is_over(self) -> bool:
        return self.time_is_up if self._seconds is not None else self._position.epoch >= self._epochs

    @property
    def epochs(self) -> int:
        """How many epochs the run has; by the clock, as many as fit at the speed so far."""
        done = self._position.epoch
        if self._seconds is None:
            return self._epochs
        return max(done, math.ceil(done / self.share)) if done and self.share > 0 else done + 1

    @property
    def steps(self) -> int:
        """How many steps the run has, at the length of its epochs so far."""
        step = self._position.step
        return max(step, round(step / self.share)) if self.share > 0 else step

    @property
    def seconds_left(self) -> float:
        if self._seconds is not None:
            return max(0.0, self._seconds - self._clock.seconds)
        return max(0.0, self._clock.seconds * (1 / self.share - 1)) if self.share > 0 else 0.0
