"""Time that a run spends working, and means over it. What passes while it is paused or asleep does not count."""

from __future__ import annotations

import time
from collections import deque

from torch import Tensor

ASLEEP_S = 30.0  # no step computes so little for so long
IDLE = 0.02  # of the time; below it nothing was computed


class Clock:
    """A stopwatch that goes from the start. To be read often: then it can tell when the machine was asleep.

    The system's clock may be set, forward or back; this one counts on a clock that only goes on. Some systems
    let that one run on while a laptop sleeps, so a long time in which the processor did nothing for this
    program does not count. Neither does waiting for a disk that has gone.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._is_going = True
        self._since, self._computed = time.monotonic(), time.process_time()

    @property
    def seconds(self) -> float:
        now, computed = time.monotonic(), time.process_time()
        passed = now - self._since
        slept = passed > ASLEEP_S and computed - self._computed < IDLE * passed
        if self._is_going and not slept:
            self._before += passed
        self._since, self._computed = now, computed
        return self._before

    def set(self, seconds: float) -> None:
        """Go on from here."""
        self._before, self._is_going = seconds, True
        self._since, self._computed = time.monotonic(), time.process_time()

    def pause(self) -> None:
        self._before, self._is_going = self.seconds, False

    def go(self) -> None:
        if not self._is_going:
            self.set(self._before)


class Timer:
    """Whether it is time again, by a clock."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._period = clock, seconds
        self._last = clock.seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the last restart."""
        return self._clock.seconds - self._last

    def is_due(self) -> bool:
        return self.elapsed >= self._period

    def restart(self) -> None:
        self._last = self._clock.seconds


class Speed:
    """Images a second over the last steps."""

    def __init__(self, steps: int = 20) -> None:
        self._steps: deque[tuple[int, float]] = deque(maxlen=steps)

    def add(self, images: int, seconds: float) -> None:
        self._steps.append((images, seconds))

    @property
    def images_per_second(self) -> float:
        seconds = sum(s for _, s in self._steps)
        return sum(n for n, _ in self._steps) / seconds if seconds > 0 else 0.0


class Means:
    """Means of losses over steps, added up where they lie, so that no step waits for the device."""

    def __init__(self) -> None:
        self.steps = 0
        self._sums: dict[str, Tensor] = {}

    def add(self, losses: dict[str, Tensor]) -> None:
        """losses: () each, by name."""
        self.steps += 1
        for name, loss in losses.items():
            self._sums[name] = self._sums[name] + loss if name in self._sums else loss

    def values(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, float(total) / self.steps) for name, total in self._sums.items())
