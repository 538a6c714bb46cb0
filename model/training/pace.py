"""How far a run has come, how long it will take, and when it has learned what it can."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.records import TrainSettings
from model.training.clock import Clock

BETTER = 1e-4  # of AP, or of a loss, at least: less is noise


@dataclass(slots=True)
class Position:
    """Where a run stands."""

    epoch: int = 0  # that goes on
    batch: int = 0  # of that epoch, the next to learn
    step: int = 0  # of the whole run, done
    seconds: float = 0.0  # of work, without pauses, when it was written down
    best: float | None = None  # score of the best epoch so far
    stale: int = 0  # epochs since then
    stale_here: int = 0  # epochs since then or the last drop of the rate
    drops: int = 0  # of the learning rate, by the schedule "plateau"
    setbacks: int = 0  # times that losses were not finite
    rate_factor: float = 1.0  # of the learning rate, lowered at each of them


class Pace:
    """The run as a share of itself. position is the run's own and moves with it."""

    def __init__(self, settings: TrainSettings, position: Position, clock: Clock) -> None:
        self._settings = settings
        self._seconds = None if settings.minutes is None else 60 * settings.minutes
        self._position, self._clock = position, clock
        self.batches = 1  # of the epoch that goes on

    @property
    def share(self) -> float:
        """How much of the run is over: 0..1, a little more when the last step took long."""
        if self._seconds is not None:
            return self._clock.seconds / self._seconds
        return (self._position.epoch + self._position.batch / self.batches) / self._settings.epochs

    @property
    def is_by_the_clock(self) -> bool:
        return self._seconds is not None

    @property
    def time_is_up(self) -> bool:
        """Whether a run by the clock must end, in the middle of an epoch if need be."""
        return self._seconds is not None and self._position.step > 0 and self.share >= 1

    @property
    def is_over(self) -> bool:
        if self._seconds is not None:
            return self.time_is_up
        return self._position.epoch >= self._settings.epochs or self.has_settled

    @property
    def has_settled(self) -> bool:
        """Whether the last epochs, as many as the recipe is patient for, made nothing better.

        A run by the clock uses up its time: its length is what the person asked for.
        """
        patience = self._settings.patience
        return bool(patience) and not self.is_by_the_clock and self._position.stale >= patience

    @property
    def reason(self) -> str:
        """Why the run ended before its time, if it did."""
        if not self.has_settled:
            return ""
        epochs, best = self._position.stale, self._position.epoch - self._position.stale
        return f"It had learned what it could: none of the last {epochs} epochs was better than epoch {best}."

    def note(self, score: float) -> bool:
        """Take in how good an epoch was, the more the better; whether it was the best so far."""
        position, settings = self._position, self._settings
        if position.best is None or score > position.best + BETTER:
            position.best, position.stale, position.stale_here = score, 0, 0
            return True
        position.stale += 1
        position.stale_here += 1
        if settings.schedule == "plateau" and position.stale_here >= settings.plateau_epochs:
            position.drops, position.stale_here = position.drops + 1, 0
        return False

    @property
    def epochs(self) -> int:
        """How many epochs the run has; by the clock, as many as fit at the speed so far."""
        done = self._position.epoch
        if self._seconds is None:
            return self._settings.epochs
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
