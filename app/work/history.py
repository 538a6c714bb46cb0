"""What a training run has said so far, short enough to draw at any time."""

from __future__ import annotations

from dataclasses import dataclass, field

from model.records import EpochEnded, Metrics, Setback, StepEnded, TrainEvent, TrainingEnded, TrainingStarted

MOST_POINTS = 1000  # of one curve: more than a small chart has pixels


class Curve:
    """A line that may grow for days: when it is full, each two neighbours become their mean."""

    def __init__(self) -> None:
        self._points: list[tuple[float, float]] = []
        self._waiting: list[tuple[float, float]] = []  # become one point when there are `_each` of them
        self._each = 1

    def add(self, x: float, y: float) -> None:
        self._waiting.append((x, y))
        if len(self._waiting) < self._each:
            return
        self._points.append(_mean(self._waiting))
        self._waiting.clear()
        if len(self._points) >= MOST_POINTS:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [_mean(list(pair)) for pair in pairs]
            self._each *= 2

    def points(self) -> tuple[tuple[float, float], ...]:
        return tuple(self._points)


def _mean(points: list[tuple[float, float]]) -> tuple[float, float]:
    return (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))


@dataclass(slots=True)
class History:
    """Filled by TrainingWork on the window's thread; read by whoever draws it."""

    started: TrainingStarted | None = None
    step: StepEnded | None = None  # the newest
    losses: dict[str, Curve] = field(default_factory=dict)  # by the loss's name, over steps
    epochs: list[EpochEnded] = field(default_factory=list)
    setbacks: list[str] = field(default_factory=list)
    ended: TrainingEnded | None = None

    def add(self, event: TrainEvent) -> None:
        match event:
            case TrainingStarted():
                self.started = event
            case StepEnded():
                is_new = self.step is None or self.step.step != event.step  # it is told again while measuring
                self.step = event
                for name, value in event.losses if is_new else ():
                    self.losses.setdefault(name, Curve()).add(event.step, value)
            case EpochEnded():
                self.epochs.append(event)
            case Setback():
                self.setbacks.append(event.text)
            case TrainingEnded():
                self.ended = event

    @property
    def metrics(self) -> Metrics | None:
        """The newest measures, if there was anything to measure on."""
        if self.ended is not None and self.ended.metrics is not None:
            return self.ended.metrics
        return next((epoch.metrics for epoch in reversed(self.epochs) if epoch.metrics is not None), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out and why, and what went wrong, each once."""
        notes = list(self.started.notes) if self.started else []
        notes.extend(note for epoch in self.epochs for note in epoch.notes)
        return tuple(dict.fromkeys([*notes, *self.setbacks]))
