"""How the learning rate moves over a run: up at first, then down."""

from __future__ import annotations

import math

from model.records import TrainSettings

WARMUP_SHARE = 0.1  # of the run at most: a short run cannot spend its steps warming up
DROP = 0.1  # of the step schedule at each milestone


def learning_rate(settings: TrainSettings, step: int, share: float) -> float:
    """The rate of a step, which counts from 0. share: how much of the run is over, 0..1, by epochs or time.

    Warm-up is linear over warmup_steps or a tenth of the run, whichever ends sooner. Then cosine to nothing
    (Loshchilov and Hutter 2017, arXiv:1608.03983), tenfold drops at the milestones, or nothing more. Raises
    ValueError.
    """
    share = min(max(share, 0.0), 1.0)
    warm = min(1.0, max((step + 1) / max(1, settings.warmup_steps), share / WARMUP_SHARE))
    return settings.learning_rate * warm * _shape(settings, share)


def _shape(settings: TrainSettings, share: float) -> float:
    match settings.schedule:
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * share))
        case "step":
            return DROP ** sum(share >= milestone for milestone in settings.milestones)
        case "constant":
            return 1.0
    raise ValueError(f"schedule is {settings.schedule!r}; it must be cosine, step or constant")
