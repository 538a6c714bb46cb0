"""Time that a run spends working, and means over it. What passes while it is paused does not count."""

from __future__ import annotations

import time
from collections import deque

from torch import Tensor


class Clock:
    """A stopwatch that goes from the start."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._before = seconds
        self._since: float | None = time.monotonic()

    @property
    def seconds(self) -> float:
        return self._before + (time.monotonic() - self._since if self._since is not None else 0.0)

    def set(self, seconds: float) -> None:
        """Go on from here."""
        self._before = seconds
        self._since = time.monotonic()

    def pause(self) -> None:
        self._before, self._since = self.seconds, None

    def go(self) -> None:
        if self._since is None:
            self._since = time.monotonic()


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
